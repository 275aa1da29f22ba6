"""Judgement: findings, score and gate."""
