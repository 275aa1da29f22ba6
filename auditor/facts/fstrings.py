"""Format strings of Python 3.12 and newer for an older parser: the concrete syntax is read with libcst."""

from __future__ import annotations

import contextlib


def rewrite(text: str) -> str:
    """Each f-string or t-string that the older grammar cannot hold becomes a tuple of its values, line breaks kept; else the text unchanged."""
    import libcst as cst
    from libcst.metadata import MetadataWrapper, PositionProvider

    module = None
    with contextlib.suppress(Exception):
        module = cst.parse_module(text)
    if module is None:
        return text

    class Rewriter(cst.CSTTransformer):
        METADATA_DEPENDENCIES = (PositionProvider,)

        def leave_FormattedString(self, original_node: cst.FormattedString, updated_node: cst.FormattedString) -> cst.BaseExpression:
            return self._tuple(original_node, updated_node.parts)

        def leave_TemplatedString(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> cst.BaseExpression:
            return self._tuple(original_node, getattr(updated_node, "parts", ()))

        def _tuple(self, original: cst.CSTNode, parts: object) -> cst.BaseExpression:
            position = self.get_metadata(PositionProvider, original)
            breaks = position.end.line - position.start.line
            values = [p.expression for p in parts if hasattr(p, "expression")]  # type: ignore[attr-defined]
            inner = sum(module.code_for_node(v).count("\n") for v in values)
            padding = [cst.EmptyLine(indent=False)] * max(0, breaks - inner - 1)
            lpar = cst.LeftParen(
                whitespace_after=cst.ParenthesizedWhitespace(empty_lines=padding) if breaks > inner else cst.SimpleWhitespace("")
            )
            elements = [cst.Element(v) for v in values] or [cst.Element(cst.SimpleString('""'))]
            if len(elements) == 1:
                elements = [cst.Element(elements[0].value, comma=cst.Comma())]
            return cst.Tuple(elements, lpar=[lpar], rpar=[cst.RightParen()])

    wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
    return wrapper.visit(Rewriter()).code
