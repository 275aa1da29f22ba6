"""Calls into known packages that are not understood."""

from __future__ import annotations

from tests.graph.dispatch_help import build


def unknowns(text: str) -> list[tuple[str, str, int]]:
    return [(u.package, u.name, u.at.line) for u in build(text).unknowns]


def test_what_the_knowledge_does_not_name_is_listed() -> None:
    assert unknowns("""
        from acme import Client, brand_new
        import acme.other as other
        client = Client()
        client.files.upload("x")
        brand_new()
        other.thing.make(1)
        """) == [("acme", "acme.Client.files.upload", 5), ("acme", "acme.brand_new", 6), ("acme", "acme.other.thing.make", 7)]


def test_methods_of_objects_that_are_held() -> None:
    assert unknowns("""
        from acme import Client, Session

        class Service:
            def __init__(self):
                self.client = Client()
                self.session = Session()

            def go(self):
                self.client.upload()
                self.session.begin()
                return self.other.begin()

        with Client() as opened:
            opened.upload()
        """) == [
        ("acme", "acme.Client.upload", 10),
        ("acme", "acme.Client.upload", 15),
        ("acme", "acme.Session.begin", 11),
    ]


def test_what_is_understood_is_not() -> None:
    assert (
        unknowns("""
        import json
        from acme import Client, tool, trace, AcmeError, Timeout, cost_of
        from acme.types import Message
        from acme.agents import Agent
        import somewhere_else

        @tool
        def f():
            pass

        trace.instrument()
        client = Client()
        answer = client.chat(messages=[Message("x")])
        answer.choices.pop()
        answer.dump().keys()
        client.close()
        client.bind([f]).chat(messages=[])
        Message("x").render()
        Agent(name="a", tools=[f]).run("x")
        cost_of(answer)
        somewhere_else.call()
        json.dumps({}).strip()
        raise Timeout() from AcmeError()
        """)
        == []
    )


def test_libraries_without_a_file_count() -> None:
    assert unknowns("""
        import ai21
        client = ai21.AI21Client()
        client.complete("x")
        """) == [("ai21", "ai21.AI21Client.complete", 4)]


def test_a_package_that_nothing_is_known_of_is_named_where_it_gets_what_talks() -> None:
    assert unknowns("""
        from acme import Client
        from acme.agents import Agent
        import nobody
        from nobody.deep import define, note

        def f():
            pass

        define(tools=[Agent(name="a", tools=[f])])
        nobody.run(client=Client())
        nobody.given([f])
        note("x")
        """) == [("nobody", "nobody.deep.define", 10), ("nobody", "nobody.given", 12), ("nobody", "nobody.run", 11)]


def test_objects_that_are_called_themselves() -> None:
    assert unknowns("""
        from acme import Brand, Client

        class Service:
            def __init__(self):
                self.brand = Brand()

            def go(self):
                own = Brand()
                return self.brand("x"), own("y"), self.other("z")
        """) == [("acme", "acme.Brand.__call__", 10), ("acme", "acme.Brand.__call__", 10)]


def test_objects_that_come_from_another_module() -> None:
    files = {
        "made.py": """
            from acme import Client

            def client_of(name):
                return Client(name)

            async def other(name):
                found = client_of(name)
                return found
            """,
        "used.py": """
            import made

            async def go(name):
                client = await made.other(name)
                client.upload()
                hand(made.client_of(name))
                held = made.client_of(name)
                hand(held)
                Own(held)

            def hand(given, text=""):
                given.send()
                further(text=text, given=given)

            def further(*, text, given):
                given.drop()

            class Own:
                def __init__(self, client):
                    self.kept = client

                def go(self):
                    self.kept.fetch()
            """,
    }
    found = [(u.name, u.at.path, u.at.line) for u in build(files).unknowns]
    assert found == [
        ("acme.Client.drop", "used.py", 17),
        ("acme.Client.fetch", "used.py", 24),
        ("acme.Client.send", "used.py", 13),
        ("acme.Client.upload", "used.py", 6),
    ]


def test_of_a_family_of_packages_none_need_be_known_by_name() -> None:
    assert unknowns("""
        from langchain_gigachat.chat_models.gigachat import GigaChat
        GigaChat(model="m").invoke("x")
        """) == [("langchain-gigachat", "langchain_gigachat.chat_models.gigachat.GigaChat.invoke", 3)]
