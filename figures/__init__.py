"""Diagrams of the series, each a module with `draw()`.

`python -m figures` draws them all again.
"""

DIAGRAMS = (
    "agent_environment",
    "methods",
    "frozen_lake",
    "backups",
    "q_outputs",
    "policy_based",
    "shared_layers",
    "actor_critic",
    "policy_gradient",
    "dpg",
    "replay_ring",
    "noise",
    "soft_update",
    "seeds_apart",
    "map",
    "td3_target",
)
