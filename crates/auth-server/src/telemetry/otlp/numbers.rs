//! What Prometheus shows, as OTLP says it: "Prometheus and OpenMetrics Compatibility".

use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint, Sum,
    metric, number_data_point,
};
use prometheus::proto::{Metric as Series, MetricFamily, MetricType};

/// Since when everything was counted, and when it was looked at, in nanoseconds since 1970.
#[derive(Clone, Copy)]
pub(super) struct Times {
    pub(super) start: u64,
    pub(super) now: u64,
}

/// A family; `None` for a type that no family here has.
pub(super) fn metric(family: &MetricFamily, times: Times) -> Option<Metric> {
    let series = family.get_metric().iter();
    let cumulative = AggregationTemporality::Cumulative.into();
    let data = match family.get_field_type() {
        MetricType::COUNTER => metric::Data::Sum(Sum {
            data_points: series
                .map(|one| point(one, one.get_counter().get_value(), times))
                .collect(),
            aggregation_temporality: cumulative,
            is_monotonic: true,
        }),
        MetricType::GAUGE => metric::Data::Gauge(Gauge {
            data_points: series
                .map(|one| point(one, one.get_gauge().get_value(), times))
                .collect(),
        }),
        MetricType::HISTOGRAM => metric::Data::Histogram(Histogram {
            data_points: series.map(|one| histogram(one, times)).collect(),
            aggregation_temporality: cumulative,
        }),
        _ => return None,
    };
    Some(Metric {
        name: family.name().to_owned(),
        description: family.help().to_owned(),
        unit: unit(family.name()).to_owned(),
        data: Some(data),
        ..Metric::default()
    })
}

/// In the words of UCUM.
fn unit(name: &str) -> &'static str {
    let name = name.strip_suffix("_total").unwrap_or(name);
    if name.ends_with("_seconds") {
        "s"
    } else if name.ends_with("_bytes") {
        "By"
    } else {
        "1"
    }
}

fn attributes(series: &Series) -> Vec<KeyValue> {
    let labels = series.get_label().iter();
    let attributes = labels.map(|label| KeyValue {
        key: label.name().to_owned(),
        value: Some(AnyValue {
            value: Some(any_value::Value::StringValue(label.value().to_owned())),
        }),
        ..KeyValue::default()
    });
    attributes.collect()
}

fn point(series: &Series, value: f64, times: Times) -> NumberDataPoint {
    NumberDataPoint {
        attributes: attributes(series),
        start_time_unix_nano: times.start,
        time_unix_nano: times.now,
        value: Some(number_data_point::Value::AsDouble(value)),
        ..NumberDataPoint::default()
    }
}

/// Prometheus counts in each bucket what is in those before it too; OTLP does not, and has one
/// more for what is in none of them.
fn histogram(series: &Series, times: Times) -> HistogramDataPoint {
    let histogram = series.get_histogram();
    let count = histogram.get_sample_count();
    let buckets = histogram.get_bucket().iter();
    let buckets = buckets.filter(|bucket| bucket.upper_bound().is_finite());
    let (bounds, up_to): (Vec<_>, Vec<_>) = buckets
        .map(|bucket| (bucket.upper_bound(), bucket.cumulative_count()))
        .unzip();
    let before = std::iter::once(0).chain(up_to.iter().copied());
    let all = up_to.iter().copied().chain([count]);
    HistogramDataPoint {
        attributes: attributes(series),
        start_time_unix_nano: times.start,
        time_unix_nano: times.now,
        count,
        sum: Some(histogram.get_sample_sum()),
        bucket_counts: all
            .zip(before)
            .map(|(all, before)| all.saturating_sub(before))
            .collect(),
        explicit_bounds: bounds,
        ..HistogramDataPoint::default()
    }
}

#[cfg(test)]
mod tests {
    use prometheus::{HistogramOpts, HistogramVec, Registry};

    use super::*;

    #[test]
    fn a_bucket_counts_what_is_in_it_alone() {
        let options = HistogramOpts::new("wait_seconds", "A wait").buckets(vec![1.0, 2.0]);
        let waits = HistogramVec::new(options, &["whose"]).unwrap();
        let registry = Registry::new();
        registry.register(Box::new(waits.clone())).unwrap();
        for seconds in [0.5, 1.5, 1.6, 9.0] {
            waits.with_label_values(&["ours"]).observe(seconds);
        }
        let times = Times { start: 1, now: 2 };
        let metric = metric(&registry.gather()[0], times).unwrap();
        assert_eq!((&*metric.name, &*metric.unit), ("wait_seconds", "s"));
        let Some(metric::Data::Histogram(histogram)) = metric.data else {
            panic!("{metric:?}");
        };
        let point = &histogram.data_points[0];
        assert_eq!(point.bucket_counts, [1, 2, 1]);
        assert_eq!(point.explicit_bounds, [1.0, 2.0]);
        assert_eq!((point.count, point.sum), (4, Some(12.6)));
        assert_eq!(point.attributes[0].key, "whose");
    }
}
