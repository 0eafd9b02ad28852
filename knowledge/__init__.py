"""The knowledge files, as data: one YAML file per policy, `facts.yaml` and `terms.yaml`. Loaded by `ingest.knowledge`."""
