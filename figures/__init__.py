"""Diagrams of the series, each a module with `draw()` and its alt text `ALT`.

`python -m figures` draws them all again.
"""

DIAGRAMS = (
    "agent_environment",
    "methods",
    "backups",
    "q_outputs",
    "actor_critic",
    "policy_gradient",
    "replay_ring",
    "soft_update",
)
