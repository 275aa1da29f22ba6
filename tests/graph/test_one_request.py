"""Servers of which each process serves one request at a time: what blocks the loop holds up nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.pipeline import scan

APP = """
from fastapi import FastAPI
import requests

app = FastAPI()

@app.get("/a")
async def page(url: str):
    return requests.get(url, timeout=5)
"""
ADAPTER = "FROM python:3.12\nCOPY --from=public.ecr.aws/awsguru/aws-lambda-adapter:0.8.4 /lambda-adapter /opt/extensions/lambda-adapter\n"
PLAIN = "FROM --platform=linux/amd64 python:3.12\nCMD uvicorn app:app\n"
TEMPLATE = "Resources:\n  Web:\n    Type: AWS::Serverless::Function\n    Properties:\n      Handler: app.handler\n"


@pytest.mark.parametrize(
    ("files", "severity"),
    [
        ({}, "high"),
        ({"Dockerfile": ADAPTER}, "low"),
        ({"Dockerfile": "FROM public.ecr.aws/lambda/python:3.12\n"}, "low"),
        ({"Dockerfile": PLAIN}, "high"),
        ({"Dockerfile": PLAIN, "lambda.Dockerfile": ADAPTER}, "high"),
        ({"template.yaml": TEMPLATE}, "low"),
        ({"template.yaml": TEMPLATE, "back/Dockerfile": PLAIN}, "high"),
        ({"back/app.py": APP + "\nfrom mangum import Mangum\nhandler = Mangum(app)\n"}, "low"),
        ({"other/Dockerfile": ADAPTER}, "high"),
    ],
)
def test_where_it_is_deployed_decides(tmp_path: Path, files: dict[str, str], severity: str) -> None:
    for name, text in {"back/app.py": APP, **files}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    [found] = [f for f in scan([tmp_path]).findings if f.rule == "blocking-call-in-async"]
    assert found.severity == severity
    assert [e.setting for e in found.evidence] == (["serial"] if severity == "low" else [])
