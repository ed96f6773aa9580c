"""The mathematics of DDPG in the paper's letters; networks: callables with `trainable_variables` and `losses`."""

import tensorflow as tf


def td_target(rewards, terminated, next_values, gamma):
    """One-step TD target, y = r + gamma (1 - d) Q'(s', mu'(s')).

    rewards, terminated, next_values: float32, shape (batch,). Returns float32, shape (batch,).
    Raises InvalidArgumentError or ValueError if the shapes differ. Lillicrap et al. 2016, Algorithm 1.
    """
    tf.debugging.assert_shapes([(rewards, "B"), (terminated, "B"), (next_values, "B")])
    return rewards + gamma * (1.0 - terminated) * next_values  # without (1 - d) a crash has a future


def critic_loss(critic, states, actions, targets, weights=1.0):
    """Mean squared TD error plus the critic's L2 terms: L = mean w (y - Q(s, a))² + sum of penalties.

    states: (batch, state_size), actions: (batch, action_size), targets: (batch,), float32. weights: 1, or (batch,)
    where a prioritized memory drew. Returns (L, TD errors y - Q(s, a) of shape (batch,)).
    Raises InvalidArgumentError or ValueError if values, targets and weights differ in shape. Algorithm 1, section 7.
    """
    values = critic([states, actions])
    tf.debugging.assert_shapes([(values, "B"), (targets, "B"), (weights * values, "B")])  # (B,) - (B, 1) is (B, B)
    td_errors = targets - values
    penalties = sum(critic.losses)  # penalties that are only declared do nothing
    return tf.reduce_mean(weights * tf.square(td_errors)) + penalties, td_errors


def action_gradient(critic, states, actions):
    """How the value changes with the action, dQ(s, a)/da for each row.

    states: (batch, state_size), actions: (batch, action_size), float32. Returns float32 (batch, action_size).
    First factor of Eq. 6.
    """
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(actions)
        values = critic([states, actions])
    return tape.gradient(values, actions)


def deterministic_policy_gradient(actor, critic, states):
    """Gradient of J = mean Q(s, mu(s)) in the actor's weights, by the explicit chain rule, Eq. 6.

    states: float32 (batch, state_size). Returns a list like `actor.trainable_variables`; ascend it.
    """
    with tf.GradientTape() as tape:
        actions = actor(states)
    ascent = action_gradient(critic, states, actions)
    batch = tf.cast(tf.shape(states)[0], ascent.dtype)
    return tape.gradient(actions, actor.trainable_variables, output_gradients=ascent / batch)  # mean, not sum


def actor_loss(actor, critic, states):
    """-J = -mean Q(s, mu(s)) of states (batch, state_size); its gradient in the actor's weights is minus Eq. 6."""
    return -tf.reduce_mean(critic([states, actor(states)]))


def hard_update(target, online):
    """Copy the online weights into a finite target, in place: `soft_update` with tau = 1. Algorithm 1, first lines."""
    soft_update(target, online, tau=1.0)


def soft_update(target, online, tau):
    """Move the target towards the online weights, theta' <- tau theta + (1 - tau) theta', in place. Algorithm 1.

    target, online: lists of variables of the same shapes. Raises ValueError if they differ; nothing changes then.
    """
    expected, shapes = ([tuple(variable.shape) for variable in side] for side in (target, online))
    if shapes != expected:  # (1, n) would broadcast into (m, n), silently
        raise ValueError(f"soft_update: the target has shapes {expected}, the online weights have {shapes}.")
    for theta_target, theta in zip(target, online):
        theta_target.assign(tau * theta + (1.0 - tau) * theta_target)
