"""What Prometheus may read: how many come, what they ask, how long it takes, what it costs."""

from collections import Counter as Count
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import lazy_loader as lazy

from core.calls import Call
from tabs.kit.gradio_inside.line import running, waiting

if TYPE_CHECKING:
    from page.serving.watch import Served

prometheus = lazy.load("prometheus_client")  # only where the numbers are read

SECONDS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100)  # bounds of the histogram


class Metrics:
    """The numbers of one server. Counted once for each call, however many tokens it gives."""

    def __init__(self) -> None:
        self._registry = prometheus.CollectorRegistry()
        kept = {"registry": self._registry}
        self._calls = prometheus.Counter(
            "lectern_calls",
            "Calls by kind and outcome",
            ["kind", "outcome"],
            **kept,
        )
        self._seconds = prometheus.Histogram(
            "lectern_call_seconds",
            "Seconds from a call's turn to its last answer",
            ["kind"],
            buckets=SECONDS,
            **kept,
        )
        self._refused = prometheus.Counter(
            "lectern_refused_requests", "Answers of status 400 and above", ["status"], **kept
        )
        prometheus.ProcessCollector(registry=self._registry)  # resident memory, files, processor

    def ended(self, call: Call, seconds: float) -> None:
        """Count a call that has ended."""
        self._calls.labels(call.kind, call.outcome).inc()
        self._seconds.labels(call.kind).observe(seconds)

    def refused(self, status: int) -> None:
        """Count a request that was not answered as asked."""
        self._refused.labels(str(status)).inc()

    def watch(self, served: "Served") -> None:
        """Tell from now on also what stands in memory, looked up when it is read."""
        self._registry.register(_Standing(served))

    def text(self) -> tuple[bytes, str]:
        """All numbers in the format of Prometheus, and its media type."""
        return prometheus.generate_latest(self._registry), prometheus.CONTENT_TYPE_LATEST


class _Standing:
    """A collector, as the registry asks it: https://prometheus.github.io/client_python/collector/."""

    def __init__(self, served: "Served") -> None:
        self._served = served

    def collect(self) -> Iterator[Any]:
        """Visitors, calls that wait, results that are kept, and models by where they stand."""
        from prometheus_client.core import CounterMetricFamily as counter  # noqa: N813
        from prometheus_client.core import GaugeMetricFamily as gauge  # noqa: N813

        served, kept = self._served, self._served.desk.kept
        yield gauge("lectern_visitors", "Open pages", served.visitors)
        for name, said, counts in (
            ("lectern_waiting", "Calls that wait for their turn", waiting(served.page)),
            ("lectern_running", "Calls that have their turn", running(served.page)),
        ):
            queues = gauge(name, said, labels=["queue"])
            for queue, count in counts.items():
                queues.add_metric([queue], count)
            yield queues
        yield counter("lectern_results_hits", "Results that were kept", kept.hits)
        yield counter("lectern_results_misses", "Results that were computed", kept.misses)
        yield gauge("lectern_results_bytes", "Bytes of the results that are kept", kept.bytes)
        models = gauge("lectern_models", "Models by where they stand", labels=["tier", "state"])
        stand = Count((one["tier"], one["state"]) for one in served.desk.checkpoints.describe())
        for labels, count in stand.items():
            models.add_metric(list(labels), count)
        yield models
