"""How was a model trained? Read from what its training wrote beside the weights."""

from services.records.record import Record, read_record

__all__ = ["Record", "read_record"]
