"""Updates: a release as one signed file, put beside the version that runs, tried, kept or gone back from."""
