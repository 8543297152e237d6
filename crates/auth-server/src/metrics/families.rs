//! The families: names and units by the conventions of Prometheus, labels from closed sets.
//! `docs/ops/README.md` has a row for each, which a test compares.

use prometheus::core::Collector;
use prometheus::{
    HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    exponential_buckets,
};

/// All that is measured.
#[derive(Clone)]
pub(super) struct Families {
    pub(super) requests: HistogramVec,
    pub(super) events: IntCounterVec,
    pub(super) sign_ins: IntCounterVec,
    pub(super) throttled: IntCounterVec,
    pub(super) hash_wait: HistogramVec,
    pub(super) hash_time: HistogramVec,
    pub(super) hash_refusals: IntCounterVec,
    pub(super) hash_pending: IntGauge,
    pub(super) hash_capacity: IntGauge,
    pub(super) hash_threads: IntGauge,
    pub(super) mails: IntCounterVec,
    pub(super) mail_queue: IntGauge,
    pub(super) mail_overdue: IntGauge,
    pub(super) webhook_queue: IntGauge,
    pub(super) webhook_overdue: IntGauge,
    pub(super) webhooks_disabled: IntGauge,
    pub(super) sessions: IntGaugeVec,
    pub(super) bridge_sessions: IntGaugeVec,
    pub(super) cache_lookups: IntCounterVec,
    pub(super) cache_bytes: IntGauge,
    pub(super) cache_answers: IntGauge,
    pub(super) servers: IntGauge,
    pub(super) revocation_wait: HistogramVec,
    pub(super) store_calls: HistogramVec,
    pub(super) pool: IntGaugeVec,
    pub(super) pool_waiting: IntGaugeVec,
    pub(super) build_info: IntGaugeVec,
    pub(super) workers: IntGauge,
}

/// Registers what it makes.
struct Maker<'a>(&'a Registry);

impl Maker<'_> {
    fn register<C: Collector + Clone + 'static>(&self, family: C) -> prometheus::Result<C> {
        self.0.register(Box::new(family.clone()))?;
        Ok(family)
    }

    fn counters(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
    ) -> prometheus::Result<IntCounterVec> {
        self.register(IntCounterVec::new(Opts::new(name, help), labels)?)
    }

    fn gauge(&self, name: &str, help: &str) -> prometheus::Result<IntGauge> {
        self.register(IntGauge::new(name, help)?)
    }

    fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> prometheus::Result<IntGaugeVec> {
        self.register(IntGaugeVec::new(Opts::new(name, help), labels)?)
    }

    /// Of seconds; the first bucket, and how often it doubles.
    fn seconds(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
        (first, buckets): (f64, usize),
    ) -> prometheus::Result<HistogramVec> {
        let buckets = exponential_buckets(first, 2.0, buckets)?;
        let options = HistogramOpts::new(name, help).buckets(buckets);
        self.register(HistogramVec::new(options, labels)?)
    }
}

impl Families {
    /// Registers all of them, and what the process is.
    #[expect(clippy::too_many_lines, reason = "it is a table")]
    pub(super) fn new(registry: &Registry) -> prometheus::Result<Self> {
        register_process(registry)?;
        let make = Maker(registry);
        Ok(Self {
            requests: make.seconds(
                "http_request_duration_seconds",
                "How long answers took, by route, method and status",
                &["route", "method", "status"],
                (0.000_25, 16),
            )?,
            events: make.counters(
                "auth_events_total",
                "What happened to accounts, by its name",
                &["event"],
            )?,
            sign_ins: make.counters(
                "auth_sign_ins_total",
                "Sign-ins by what came of them and what they began with",
                &["outcome", "method"],
            )?,
            throttled: make.counters(
                "auth_throttled_total",
                "What a limit refused, by what is limited and whose share was used up",
                &["limit", "by"],
            )?,
            hash_wait: make.seconds(
                "auth_hash_wait_seconds",
                "How long passwords waited for a thread that hashes",
                &[],
                (0.000_5, 14),
            )?,
            hash_time: make.seconds(
                "auth_hash_duration_seconds",
                "How long hashing a password took, without the wait",
                &[],
                (0.002, 12),
            )?,
            hash_refusals: make.counters(
                "auth_hash_refusals_total",
                "Passwords that were not hashed, by why",
                &["reason"],
            )?,
            hash_pending: make.gauge(
                "auth_hash_pending",
                "Passwords that are hashed or wait for it",
            )?,
            hash_capacity: make.gauge(
                "auth_hash_queue_capacity",
                "Passwords that may wait at most",
            )?,
            hash_threads: make.gauge("auth_hash_threads", "Threads that hash")?,
            mails: make.counters(
                "auth_mail_deliveries_total",
                "Tries to deliver a mail, by its kind and what came of it",
                &["kind", "outcome"],
            )?,
            mail_queue: make.gauge(
                "auth_mail_queue_depth",
                "Mails that wait to be delivered, of all servers; counted up to 10000",
            )?,
            mail_overdue: make.gauge(
                "auth_mail_queue_oldest_due_seconds",
                "For how long the longest due mail has been due, 0 if none is",
            )?,
            webhook_queue: make.gauge(
                "auth_webhook_queue_depth",
                "Deliveries to webhooks that wait, of all servers; counted up to 10000 of each",
            )?,
            webhook_overdue: make.gauge(
                "auth_webhook_queue_oldest_due_seconds",
                "For how long the longest due delivery has been due, 0 if none is",
            )?,
            webhooks_disabled: make.gauge(
                "auth_webhooks_disabled",
                "Webhooks that were disabled since their receivers failed or are gone",
            )?,
            sessions: make.gauges(
                "auth_sessions",
                "Live sessions, of all servers, where the store counts them cheaply; up to 100000",
                &[],
            )?,
            bridge_sessions: make.gauges(
                "auth_bridge_sessions",
                "Live sessions by their credential and by when they were last used",
                &["credential", "used_within"],
            )?,
            cache_lookups: make.counters(
                "auth_cache_lookups_total",
                "Reads by whether memory answered them; bypass: not all changes were known",
                &["result"],
            )?,
            cache_bytes: make
                .gauge("auth_cache_bytes", "The memory that known credentials take")?,
            cache_answers: make.gauge(
                "auth_cache_answers",
                "Whether reads may be answered from memory: the lease holds",
            )?,
            servers: make.gauge(
                "auth_servers",
                "Servers of the database that were heard of lately, with this one",
            )?,
            revocation_wait: make.seconds(
                "auth_revocation_wait_seconds",
                "How long who ends something waits until all servers know of it",
                &[],
                (0.000_5, 14),
            )?,
            store_calls: make.seconds(
                "auth_store_call_duration_seconds",
                "How long stores took, with the wait for a connection, and whether they failed",
                &["system", "store", "operation", "outcome"],
                (0.000_05, 17),
            )?,
            pool: make.gauges(
                "auth_store_connections",
                "Connections in the pools to PostgreSQL",
                &["state"],
            )?,
            pool_waiting: make.gauges(
                "auth_store_connection_waiters",
                "Who waits for a connection to PostgreSQL",
                &[],
            )?,
            build_info: make.gauges(
                "auth_build_info",
                "What this server is; always 1",
                &["version", "server", "strategy", "transport"],
            )?,
            workers: make.gauge("auth_http_workers", "Threads that answer requests")?,
        })
    }
}

/// What the system says of the process: `process_*`, on Linux.
#[cfg(target_os = "linux")]
fn register_process(registry: &Registry) -> prometheus::Result<()> {
    let process = prometheus::process_collector::ProcessCollector::for_self();
    registry.register(Box::new(process))
}

#[cfg(not(target_os = "linux"))]
fn register_process(_: &Registry) -> prometheus::Result<()> {
    Ok(())
}
