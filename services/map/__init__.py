"""Which parts does a model consist of, and what shape does a sentence have in each?"""

from services.map.plan import Box, Plan, Row, Stack, plan

__all__ = ["Box", "Plan", "Row", "Stack", "plan"]
