//! Prometheus metrics on a listener of their own.

use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::{App, HttpResponse, HttpServer, web};
use anyhow::Context as _;
use auth_http::{Answer, Observer};
use prometheus::{HistogramOpts, HistogramVec, Registry, TextEncoder};

/// What is measured.
#[derive(Clone)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: HistogramVec,
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
        Ok(Self { registry, requests })
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

    /// The listener at `/metrics`.
    pub(crate) fn serve(&self, at: SocketAddr) -> anyhow::Result<Server> {
        let metrics = web::Data::new(self.clone());
        let app = move || {
            App::new()
                .app_data(metrics.clone())
                .route("/metrics", web::get().to(show))
        };
        let server = HttpServer::new(app).workers(1).disable_signals();
        let server = server
            .bind(at)
            .with_context(|| format!("--metrics-bind {at} can't be listened on"))?;
        Ok(server.run())
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
