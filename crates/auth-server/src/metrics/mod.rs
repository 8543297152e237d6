//! Prometheus metrics on a listener of their own.

mod families;
mod heard;
mod state;

pub(crate) use heard::sign_in;

use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::dev::Server;
use actix_web::{App, HttpResponse, web};
use auth_http::{Answer, Observer};
use comprehensive_auth::Auth;
use prometheus::proto::MetricFamily;
use prometheus::{Registry, TextEncoder};

use crate::listen::{self, Terms};
use crate::settings::Settings;
use crate::stop::Connections;
use families::Families;

/// What is measured.
#[derive(Clone)]
pub(crate) struct Metrics {
    registry: Registry,
    families: Families,
}

/// What is measured, and who is looked at when somebody asks.
#[derive(Clone)]
pub(crate) struct Measured {
    metrics: Metrics,
    auth: Auth,
    /// Whoever asks looks alone.
    turn: Arc<Mutex<()>>,
}

impl Metrics {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let registry = Registry::new();
        let families = Families::new(&registry)?;
        let metrics = Self { registry, families };
        metrics.begin_at_zero();
        Ok(metrics)
    }

    /// Notes an answered request.
    pub(crate) fn observer(&self) -> Observer {
        let requests = self.families.requests.clone();
        Arc::new(move |answer: Answer<'_>| {
            let status = answer.status.to_string();
            let labels = [answer.route, answer.method, &status];
            let seconds = answer.took.as_secs_f64();
            requests.with_label_values(&labels).observe(seconds);
        })
    }

    /// Of this server.
    pub(crate) fn of(self, auth: &Auth, server: &str, workers: usize) -> Measured {
        self.describe(auth, server, workers);
        Measured {
            metrics: self,
            auth: auth.clone(),
            turn: Arc::default(),
        }
    }
}

impl Measured {
    /// Everything as it is now. No store is asked.
    pub(crate) fn gather(&self) -> Vec<MetricFamily> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.metrics.show_own(&self.auth.own_state());
        self.metrics.registry.gather()
    }

    /// Serves them at `/metrics`.
    pub(crate) fn serve(
        &self,
        listener: TcpListener,
        settings: &Settings,
    ) -> anyhow::Result<Server> {
        let measured = web::Data::new(self.clone());
        let app = move || {
            App::new()
                .app_data(measured.clone())
                .route("/metrics", web::get().to(show))
        };
        let connections = Connections::on(&listener)?;
        listen::serve_app(listener, Terms::with_few(settings), &connections, app)
    }
}

async fn show(measured: web::Data<Measured>) -> HttpResponse {
    match TextEncoder::new().encode_to_string(&measured.gather()) {
        Ok(text) => HttpResponse::Ok()
            .content_type("text/plain; version=0.0.4; charset=utf-8")
            .body(text),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}
