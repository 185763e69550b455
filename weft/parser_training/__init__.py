"""How the parser of requests is fitted: labelled requests, their variations, and the training."""
