"""A trained policy as a folder that others can use without this package, with a model card as the hubs expect it."""

import contextlib
import json
import tempfile
from dataclasses import asdict
from pathlib import Path

import keras
import onnx
from onnx.reference import ReferenceEvaluator

from ddpg_tf.evaluation import TEST_SEEDS, evaluate
from ddpg_tf.share.films import CannotBeDrawn, record_video
from ddpg_tf.share.models import difference, keras_model, onnx_model

TOLERANCE = 1e-5  # of an exported model's actions, as a share of the range of each action

CARD = """\
---
library_name: keras
tags:
- {env}
- deep-reinforcement-learning
- reinforcement-learning
- DDPG
model-index:
- name: DDPG
  results:
  - task:
      type: reinforcement-learning
      name: reinforcement-learning
    dataset:
      name: {env}
      type: {env}
    metrics:
    - type: mean_reward
      value: {exam.mean:.1f} +/- {exam.std:.1f}
      name: mean_reward
      verified: false
---

# {name}

A policy for `{make}`, trained with **DDPG**
([Lillicrap et al. 2016](https://arxiv.org/abs/1509.02971)). Over {episodes} greedy episodes, on seeds that neither
its training nor its selection used, its return is {exam.mean:.1f} ± {exam.std:.1f} (mean ± standard deviation); nine
episodes in ten bring at least {exam.p10:.1f}.

| file | what is in it |
|---|---|
| `policy.keras` | a Keras model from states (batch, {states}) to actions (batch, {actions}) in their bounds, float32 |
| `policy.onnx` | the same for any ONNX runtime, from `states` to `actions` |
| `config.json` | all settings of the training |
| `results.json` | mean and standard deviation of the returns |

On 1,000 random states the actions of both models differ from those of the evaluated policy by at most {share:.1e} of
their range. States go in as the environment gives them:

```python
import gymnasium
import keras
import numpy as np

env = {make}
policy = keras.saving.load_model("policy.keras")
(state, _), total, over = env.reset(seed={seed}), 0.0, False
while not over:
    action = policy(np.float32(state)[None]).numpy()[0]
    state, reward, terminated, truncated, _ = env.step(action)
    total, over = total + reward, terminated or truncated
print(total)
```
"""


def export(policy, config, folder):
    """Write a Policy, its exam, a film and a model card to a folder that exists; returns the Evaluation of the exam.

    Files: policy.keras, policy.onnx, config.json, results.json, README.md, and replay.mp4 where the environment can be
    drawn. Raises FloatingPointError if a model that is read back differs from the policy by more than TOLERANCE.
    """
    folder, world = Path(folder), (config.episode_limit, config.env_kwargs)
    keras_model(policy).save(folder / "policy.keras")
    onnx.save(onnx_model(policy), folder / "policy.onnx")
    loaded, session = keras.saving.load_model(folder / "policy.keras"), ReferenceEvaluator(str(folder / "policy.onnx"))
    models = (lambda states: loaded(states).numpy(), lambda states: session.run(None, {"states": states})[0])
    share = max(difference(policy, model) for model in models)
    if not share <= TOLERANCE:  # nor is it NaN
        raise FloatingPointError(f"export: the difference of the models is {share}, expected at most {TOLERANCE}.")
    exam = evaluate(policy, config.env, TEST_SEEDS, *world)
    with contextlib.suppress(CannotBeDrawn):
        record_video(policy, config.env, TEST_SEEDS[0], folder / "replay.mp4", *world)
    episodes = len(exam.returns)
    results = {"mean_reward": exam.mean, "std_reward": exam.std, "n_eval_episodes": episodes, "is_deterministic": True}
    for name, content in (("config.json", asdict(config)), ("results.json", results)):
        (folder / name).write_text(json.dumps(content, indent=1), encoding="utf-8")
    (folder / "README.md").write_text(_card(folder.name, policy, config, exam, share), encoding="utf-8")
    return exam


@contextlib.contextmanager
def new_folder(path):
    """A folder of the name of `path` elsewhere beside it, which becomes `path` when the block ends without an error.

    Raises FileExistsError at once if there is something at `path`.
    """
    path = Path(path)
    if path.exists():
        raise FileExistsError(f"{path} exists already; remove it, or choose another folder.")
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as beside:
        folder = Path(beside, path.name)
        folder.mkdir()
        yield folder
        folder.rename(path)


def _card(name, policy, config, exam, share):
    limit = {} if config.episode_limit is None else {"max_episode_steps": config.episode_limit}
    options = "".join(f", {option}={value!r}" for option, value in {**config.env_kwargs, **limit}.items())
    return CARD.format(
        name=name, env=config.env, make=f'gymnasium.make("{config.env}"{options})', exam=exam, share=share,
        episodes=len(exam.returns), states=policy.state_size, actions=len(policy.low), seed=TEST_SEEDS[0],
    )  # fmt: skip
