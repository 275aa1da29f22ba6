"""The `type` of mappings beside the tools that a model is given, which names no tool of a provider."""

from __future__ import annotations

DATA = frozenset(("function", "object", "array", "string", "number", "integer", "boolean", "null"))
"""types of what tools are given, not of a tool that a provider brings"""
PARTS = frozenset(
    [
        "text",
        "image",
        "image_url",
        "audio",
        "input_audio",
        "input_text",
        "input_image",
        "input_file",
        "output_text",
        "document",
        "file",
        "message",
        "tool_use",
        "tool_result",
        "tool_call",
        "function_call",
        "function_call_output",
        "thinking",
        "redacted_thinking",
        "reasoning",
        "refusal",
        "any",
        "auto",
        "none",
        "required",
        "tool",
        "allowed_tools",
        "json_schema",
        "json_object",
        "ephemeral",
        "enabled",
        "disabled",
        "adaptive",
    ]
)
"""types of parts of messages, of choices among tools and of formats, which are no tools either"""
NO_TOOLS = DATA | PARTS
