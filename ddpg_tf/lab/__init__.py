"""The laboratory around the algorithm: checkpoints, results on disk, many seeds, statistics, the command line."""
