"""The course around the algorithm: claims, the house style of the figures, and the checkers of the exercises."""
