//! Prometheus metrics on a listener of their own.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::dev::Server;
use actix_web::{App, HttpResponse, web};
use auth_core::session::{Age, SecretKind, Tally};
use auth_core::{Event, EventSink};
use auth_http::{Answer, Observer};
use comprehensive_auth::Admin;
use prometheus::{
    HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry, TextEncoder,
};

use crate::listen::{self, Terms};
use crate::settings::Settings;
use crate::stop::Connections;

/// How long to wait at least before sessions are counted again.
const COUNT_EVERY: Duration = Duration::from_secs(60);

/// With many sessions it takes a store's time: so much longer than that is waited.
const REST: u32 = 10;

/// What is measured.
#[derive(Clone)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: HistogramVec,
    events: IntCounterVec,
    sessions: IntGaugeVec,
}

impl EventSink for Metrics {
    fn hear(&self, event: &Event) {
        self.events.with_label_values(&[event.kind.name()]).inc();
    }
}

impl Metrics {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let options = HistogramOpts::new(
            "http_request_duration_seconds",
            "How long answers took, by route, method and status",
        )
        .buckets(prometheus::exponential_buckets(0.000_25, 2.0, 16)?);
        let requests = HistogramVec::new(options, &["route", "method", "status"])?;
        let registry = Registry::new();
        registry.register(Box::new(requests.clone()))?;
        let options = Opts::new(
            "auth_events_total",
            "What happened to accounts, by its name",
        );
        let events = IntCounterVec::new(options, &["event"])?;
        registry.register(Box::new(events.clone()))?;
        let options = Opts::new(
            "auth_bridge_sessions",
            "Live sessions by their credential and by when they were last used",
        );
        let sessions = IntGaugeVec::new(options, &["credential", "used_within"])?;
        registry.register(Box::new(sessions.clone()))?;
        Ok(Self {
            registry,
            requests,
            events,
            sessions,
        })
    }

    /// Counts who is left to change over from one kind of credential to another, now and then.
    pub(crate) async fn watch_bridge(self, admin: Admin) {
        loop {
            let began = Instant::now();
            match admin.tally().await {
                Ok(tally) => self.show_tally(&tally),
                Err(error) => tracing::warn!(%error, "sessions could not be counted"),
            }
            tokio::time::sleep(COUNT_EVERY.max(began.elapsed() * REST)).await;
        }
    }

    fn show_tally(&self, tally: &Tally) {
        for kind in SecretKind::ALL {
            for age in Age::ALL {
                let count = i64::try_from(tally.of(kind, age)).unwrap_or(i64::MAX);
                let labels = [kind.credential(), age.as_str()];
                self.sessions.with_label_values(&labels).set(count);
            }
        }
    }

    /// Notes an answered request.
    pub(crate) fn observer(&self) -> Observer {
        let requests = self.requests.clone();
        Arc::new(move |answer: Answer<'_>| {
            let status = answer.status.to_string();
            let labels = [answer.route, answer.method, &status];
            let seconds = answer.took.as_secs_f64();
            requests.with_label_values(&labels).observe(seconds);
        })
    }

    /// Serves them at `/metrics`.
    pub(crate) fn serve(
        &self,
        listener: TcpListener,
        settings: &Settings,
    ) -> anyhow::Result<Server> {
        let metrics = web::Data::new(self.clone());
        let app = move || {
            App::new()
                .app_data(metrics.clone())
                .route("/metrics", web::get().to(show))
        };
        let connections = Connections::on(&listener)?;
        listen::serve_app(listener, Terms::with_few(settings), &connections, app)
    }
}

async fn show(metrics: web::Data<Metrics>) -> HttpResponse {
    match TextEncoder::new().encode_to_string(&metrics.registry.gather()) {
        Ok(text) => HttpResponse::Ok()
            .content_type("text/plain; version=0.0.4; charset=utf-8")
            .body(text),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}
