//! What leaves for a collector, and what a collector can't do to a server.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, Result, ensure};
use auth_testkit::account::new_password;
use auth_testkit::process::{Launch, ServerProcess};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use reqwest::Method;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::deployment::{Deployment, eventually};
use crate::on;

on! {
    requests_arrive_as_spans_that_agree_with_the_log: session_on_sqlite, jwt_on_services;
    a_caller_s_trace_goes_on_and_decides_nothing: session_on_sqlite;
    metrics_arrive_with_who_sends_them: session_on_sqlite;
    a_collector_that_is_away_or_silent_changes_no_answer: session_on_sqlite;
}

/// A collector, as far as servers see one. It reads with the types that are made of the
/// protocol's own definition.
struct Collector {
    at: SocketAddr,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Default)]
struct Taken {
    spans: Vec<Span>,
    metrics: Vec<ExportMetricsServiceRequest>,
    resources: Vec<KeyValue>,
}

impl Collector {
    async fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let at = listener.local_addr()?;
        let taken = Arc::new(Mutex::new(Taken::default()));
        let kept = taken.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, kept.clone()));
            }
        });
        Ok(Self { at, taken })
    }

    fn launch(&self, on: &Deployment) -> Launch {
        traced(on, self.at).flag("--otlp-sample", 1)
    }

    fn spans(&self) -> Vec<Span> {
        self.taken.lock().unwrap().spans.clone()
    }
}

fn traced(on: &Deployment, at: SocketAddr) -> Launch {
    let launch = on.launch().flag("--log", "json");
    let launch = launch.flag("--otlp-endpoint", format!("http://{at}"));
    launch.flag("--otlp-metrics-interval", "1s")
}

async fn serve(mut stream: TcpStream, taken: Arc<Mutex<Taken>>) -> Result<()> {
    let mut bytes = vec![];
    loop {
        let end = loop {
            let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
            match end {
                Some(end) => break end,
                None if stream.read_buf(&mut bytes).await? == 0 => return Ok(()),
                None => {}
            }
        };
        let head = String::from_utf8(bytes.drain(..end + 4).collect())?.to_ascii_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.context("no length")?.parse()?;
        while bytes.len() < length {
            ensure!(stream.read_buf(&mut bytes).await? > 0, "half a body");
        }
        let body: Vec<u8> = bytes.drain(..length).collect();
        ensure!(
            head.contains("content-type: application/x-protobuf"),
            "{head}"
        );
        take(&head, &body, &mut taken.lock().unwrap())?;
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
            .await?;
    }
}

fn take(head: &str, body: &[u8], taken: &mut Taken) -> Result<()> {
    if head.starts_with("post /v1/traces ") {
        for resource in ExportTraceServiceRequest::decode(body)?.resource_spans {
            let scopes = resource.scope_spans.into_iter();
            taken.spans.extend(scopes.flat_map(|scope| scope.spans));
            taken.resources = resource.resource.unwrap_or_default().attributes;
        }
    } else {
        ensure!(head.starts_with("post /v1/metrics "), "{head}");
        taken
            .metrics
            .push(ExportMetricsServiceRequest::decode(body)?);
    }
    Ok(())
}

fn text(value: Option<&AnyValue>) -> String {
    match value.and_then(|value| value.value.clone()) {
        Some(Any::StringValue(text)) => text,
        Some(Any::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    }
}

fn attribute(attributes: &[KeyValue], name: &str) -> Option<String> {
    let found = attributes.iter().find(|one| one.key == name);
    found.map(|one| text(one.value.as_ref()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn requests_arrive_as_spans_that_agree_with_the_log(on: Deployment) -> Result<()> {
    let collector = Collector::start().await?;
    let mut server = ServerProcess::start(collector.launch(&on)).await?;
    let ada = on.target(&server).signed_up("ada").await?;
    ada.client.profile().await?.ok()?;
    let stranger = server.client().await?;
    let name = &ada.person.username;
    stranger.login(name, &new_password()).await?.is(401)?;
    stranger.login(name, &ada.person.password).await?.ok()?;
    stranger.get("^/nowhere?made=up").await?.is(404)?;
    on.mail_is_done().await;
    server.terminate().await?;

    let lines = server.output().out().into_iter();
    let lines = lines.filter_map(|line| serde_json::from_str::<Value>(&line).ok());
    let lines: Vec<_> = lines.filter(|line| line["message"] == "answered").collect();
    let spans = collector.spans();
    let requests: Vec<_> = spans.iter().filter(|span| span.kind == 2).collect();
    ensure!(
        lines.len() >= 6 && requests.len() == lines.len(),
        "{lines:?} {requests:?}"
    );
    for line in &lines {
        agrees(line, &requests)?;
    }
    ensure!(
        lines
            .iter()
            .any(|line| line["user_id"].is_string() && line["route"] == "/api/auth/profile")
    );
    parts_are_there(&on, &spans)?;
    tells_nothing(
        &spans,
        &[
            name,
            &ada.person.email,
            &ada.person.password,
            "made=up",
            "127.0.0.1",
        ],
    )
}

/// A line of the log has a span, which says the same.
fn agrees(line: &Value, requests: &[&Span]) -> Result<()> {
    let of = |span: &&&Span| {
        attribute(&span.attributes, "request_id").as_deref() == line["request_id"].as_str()
    };
    let span = requests
        .iter()
        .find(of)
        .with_context(|| format!("{line}"))?;
    ensure!(line["trace_id"] == hex(&span.trace_id), "{line} {span:?}");
    for (field, name) in [
        ("route", "http.route"),
        ("method", "http.request.method"),
        ("status", "http.response.status_code"),
    ] {
        let (logged, sent) = (line[field].to_string(), attribute(&span.attributes, name));
        ensure!(
            Some(logged.trim_matches('"')) == sent.as_deref(),
            "{name}: {line} {span:?}"
        );
    }
    // With two decimals.
    let hundredths = line["ms"].as_f64().context("no time")? * 100.0;
    ensure!((hundredths - hundredths.round()).abs() < 1e-6, "{line}");
    if let Some(user) = line["user_id"].as_str() {
        ensure!(
            attribute(&span.attributes, "user.id").as_deref() == Some(user),
            "{span:?}"
        );
    }
    Ok(())
}

/// What happens within a request is within its span.
fn parts_are_there(on: &Deployment, spans: &[Span]) -> Result<()> {
    let login = spans
        .iter()
        .find(|span| span.name == "POST /api/auth/login");
    let login = login.context("no span of a sign-in")?;
    let store = if on.has_services() {
        "postgresql"
    } else {
        "sqlite"
    };
    for part in ["password.hash", store] {
        let within = |span: &&Span| span.name == part && span.trace_id == login.trace_id;
        ensure!(spans.iter().any(|span| within(&span)), "no {part}");
    }
    ensure!(
        spans.iter().any(|span| span.name == "mail.delivery"),
        "no mail"
    );
    Ok(())
}

fn tells_nothing(spans: &[Span], secrets: &[&str]) -> Result<()> {
    let all = format!("{spans:?}");
    for secret in secrets {
        ensure!(!all.contains(secret), "{secret} is in {all}");
    }
    Ok(())
}

async fn a_caller_s_trace_goes_on_and_decides_nothing(on: Deployment) -> Result<()> {
    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    let collector = Collector::start().await?;
    for sample in [1, 0] {
        let launch = traced(&on, collector.at).flag("--otlp-sample", sample);
        let mut server = ServerProcess::start(launch).await?;
        let client = server.client().await?;
        for flags in ["00", "01"] {
            let parent = format!("00-{TRACE}-b7ad6b7169203331-{flags}");
            let call = client.call(Method::GET, "/strategy");
            call.header("traceparent", &parent).send().await?.ok()?;
        }
        server.terminate().await?;
        let logged = server.output().out().concat().contains(TRACE);
        ensure!(logged == (sample == 1), "{sample}");
    }
    let spans = collector.spans();
    let joined = spans.iter().filter(|span| hex(&span.trace_id) == TRACE);
    let joined = joined.filter(|span| hex(&span.parent_span_id) == "b7ad6b7169203331");
    ensure!(joined.count() == 2, "{spans:?}");
    Ok(())
}

async fn metrics_arrive_with_who_sends_them(on: Deployment) -> Result<()> {
    let collector = Collector::start().await?;
    let launch = collector.launch(&on);
    let launch = launch.env(
        "OTEL_RESOURCE_ATTRIBUTES",
        "deployment.environment.name=test",
    );
    let mut server = ServerProcess::start(launch).await?;
    on.target(&server).signed_up("ada").await?;
    eventually("metrics", async || {
        !collector.taken.lock().unwrap().metrics.is_empty()
    })
    .await;
    server.terminate().await?;

    let taken = collector.taken.lock().unwrap();
    let last = taken.metrics.last().context("no metrics")?;
    let resource = &last.resource_metrics[0];
    let who = resource.resource.as_ref().context("no resource")?;
    for attributes in [&who.attributes, &taken.resources] {
        for (name, value) in [
            ("service.name", "session-server"),
            ("deployment.environment.name", "test"),
        ] {
            ensure!(
                attribute(attributes, name).as_deref() == Some(value),
                "{attributes:?}"
            );
        }
    }
    let names = resource.scope_metrics[0]
        .metrics
        .iter()
        .map(|metric| &*metric.name);
    let names: Vec<_> = names.collect();
    for name in [
        "http_request_duration_seconds",
        "auth_sign_ins_total",
        "auth_servers",
    ] {
        ensure!(names.contains(&name), "{name}: {names:?}");
    }
    Ok(())
}

async fn a_collector_that_is_away_or_silent_changes_no_answer(on: Deployment) -> Result<()> {
    let silent = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let away = SocketAddr::from((Ipv4Addr::LOCALHOST, test_services::free_port()?));
    for at in [away, silent.local_addr()?] {
        let launch = traced(&on, at).flag("--otlp-sample", 1);
        let mut server = ServerProcess::start(launch).await?;
        let client = server.client().await?;
        eventually("a warning", async || {
            client
                .get("/strategy")
                .await
                .is_ok_and(|reply| reply.status == 200)
                && server.output().out().concat().contains("otlp_away")
        })
        .await;
        ensure!(server.terminate().await?.success());
        let told = server.output().out();
        let told = told.iter().filter(|line| line.contains("otlp_away"));
        ensure!(told.count() == 1);
    }
    Ok(())
}
