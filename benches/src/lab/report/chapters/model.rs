use super::titled;
use crate::lab::compare::load_name;
use crate::lab::model::{Check, Forecast, Limit, Plan, Prediction, forecasts};
use crate::lab::report::chart::{Axis, Chart, Lines, Point, Series, Spacing};
use crate::lab::report::document::{Block, Table};
use crate::lab::report::format::{self, ABSENT};
use crate::lab::report::study::Study;

const FORMULAE: &str = "\
one shared machine:  X(N) = N / (R(N) + c - c/C + r · RTT)     R(N) = c/C · (1 + X(N-1) · R(N-1)),  X(0) = 0
dedicated nodes:     X(n) = u · min( n · k / c_s,  S )        S = store cores / c_d (Redis: 1 core)
store saturates at:  n*   = S · c_s / k
cost of a request:   n / (3600 · X(n)) node-hours

c_s, c_d, c_c  processor seconds a request of servers, stores, generator      r    round trips a request
c              their sum
C              cores of this machine                                          N    users
k              cores of a node                                                u    utilisation
With several stores, S is the lowest of their ceilings.";

/// What the measured costs promise on more nodes, and how far that is off here.
pub(super) fn chapter(study: &Study, plan: &Plan) -> Vec<Block> {
    let forecasts = forecasts(study.record, plan);
    if forecasts.is_empty() {
        return Vec::new();
    }
    let blocks = vec![
        Block::Text(assumptions(study, plan, &forecasts)),
        Block::Code(FORMULAE.into()),
        Block::Table(costs(plan, &forecasts)),
        Block::Plot(Chart::Lines(plot(plan, &forecasts))),
        Block::Table(predictions(&forecasts)),
        Block::Text(worst(&forecasts)),
        Block::Table(checks(&forecasts)),
    ];
    titled("Past this machine: a model", blocks)
}

fn assumptions(study: &Study, plan: &Plan, forecasts: &[Forecast]) -> String {
    let mut loads: Vec<String> = forecasts
        .iter()
        .map(|forecast| load_name(&forecast.load))
        .collect();
    loads.dedup();
    format!(
        "From the processor time that a read costs here ({}; {} cores shared by generator, servers and stores): \
         nodes of {} cores of the same kind, a store machine with {} cores, of which Redis uses one, at {} of the \
         ceiling so that latency stays bounded, and {} an hour for a node in any currency (server nodes only). The model \
         knows no network, no queues, no replicas and no sharding. Stores in memory or in a file can't be shared and are left out.",
        loads.join("; "),
        study.record.machine.cores,
        format::grouped(plan.node_cores),
        format::grouped(plan.store_cores),
        format::share(plan.utilisation),
        format::count(plan.node_hour),
    )
}

fn costs(plan: &Plan, forecasts: &[Forecast]) -> Table {
    let head = [
        "strategy",
        "c_s",
        "c_d",
        "c_c",
        "r",
        "ceiling S of the stores",
        "first store",
        "it saturates at n*",
    ];
    let mut table = Table::new("What a read costs, and where the store ends it", 1, &head);
    for Forecast { name, costs, .. } in forecasts {
        let time = |seconds: f64| format::micros(seconds * 1e6);
        let (ceiling, store) = match costs.store_ceiling(plan) {
            Some((ceiling, store)) => (format::rate(ceiling), store.to_owned()),
            None => ("none".into(), ABSENT.into()),
        };
        let nodes = costs.saturating_nodes(plan);
        let nodes = nodes.map_or_else(
            || "never".into(),
            |nodes| format!("{} nodes", format::count(nodes)),
        );
        let trips = format::count(costs.round_trips);
        let (server, stores, client) = (time(costs.server), time(costs.store), time(costs.client));
        table.row([
            name.clone(),
            server,
            stores,
            client,
            trips,
            ceiling,
            store,
            nodes,
        ]);
    }
    table
}

/// Drawn at every doubling, so that the bend stands about where it is.
fn plot(plan: &Plan, forecasts: &[Forecast]) -> Lines {
    let most = plan.nodes.iter().copied().max().unwrap_or(1);
    let doublings = || {
        std::iter::successors(Some(1), |nodes: &u32| nodes.checked_mul(2))
            .take_while(|nodes| *nodes <= most)
    };
    let series = forecasts
        .iter()
        .enumerate()
        .map(|(style, forecast)| Series {
            name: forecast.name.clone(),
            style,
            points: doublings()
                .map(|nodes| point(&forecast.costs.predict(plan, nodes)))
                .collect(),
        });
    Lines {
        id: "model".into(),
        title: "Predicted throughput over dedicated nodes".into(),
        about: "Both axes logarithmic. A line that turns flat has met the ceiling of its store."
            .into(),
        x: Axis {
            label: "nodes".into(),
            spacing: Spacing::Log,
            ticks: doublings().map(f64::from).collect(),
            show: format::grouped,
        },
        y: Axis {
            label: "requests/s".into(),
            spacing: Spacing::Log,
            ticks: vec![],
            show: format::count,
        },
        series: series.collect(),
        marks: vec![],
    }
}

fn point(prediction: &Prediction) -> Point {
    Point {
        x: f64::from(prediction.nodes),
        y: prediction.rate,
        interval: None,
    }
}

fn predictions(forecasts: &[Forecast]) -> Table {
    let head = [
        "strategy",
        "saturates first",
        "nodes",
        "requests/s",
        "node-hours a million",
        "price a million",
    ];
    let mut table = Table::new("Predicted throughput and cost", 2, &head);
    for (forecast, prediction) in forecasts
        .iter()
        .flat_map(|forecast| forecast.predictions.iter().map(move |p| (forecast, p)))
    {
        let limit = match &prediction.limit {
            Limit::Servers => "servers".to_owned(),
            Limit::Store(store) => format!("store: {store}"),
        };
        table.row([
            forecast.name.clone(),
            limit,
            prediction.nodes.to_string(),
            format::count(prediction.rate),
            significant(prediction.node_hours_per_million),
            significant(prediction.price_per_million),
        ]);
    }
    table
}

/// Prices of a million requests are small: three significant digits.
fn significant(number: f64) -> String {
    let digits = 2 - number.abs().max(1e-9).log10().floor() as i32;
    format!("{number:.*}", usize::try_from(digits).unwrap_or(0))
}

fn signed(error: f64) -> String {
    let sign = if error < 0.0 { "−" } else { "+" };
    format!("{sign}{}", format::share(error.abs()))
}

fn worst(forecasts: &[Forecast]) -> String {
    format!(
        "How good is it? The same costs also predict this machine, where all parts share the cores and more nodes don't add \
         any (mean value analysis of one queue before the cores and of the wait for the stores). At its worst the prediction \
         is {}; from the costs of each measurement itself, {}. What lies between the two is that a request costs more in one \
         place than in another: more processes take turns on the cores, the proxy that delays works too, and fewer \
         requests share a system call. \
         The formula for dedicated nodes rests on the same costs, and can't be checked on one machine.",
        off(forecasts, Check::error),
        off(forecasts, Check::own_error)
    )
}

/// The worst of all errors: "41 % too high".
fn off(forecasts: &[Forecast], error: fn(&Check) -> f64) -> String {
    let checks = forecasts.iter().flat_map(|forecast| &forecast.checks);
    let errors = checks.filter(|check| !check.is_base).map(error);
    let worst = errors
        .max_by(|a, b| a.abs().total_cmp(&b.abs()))
        .unwrap_or_default();
    let way = if worst < 0.0 { "low" } else { "high" };
    format!("{} too {way}", format::share(worst.abs()))
}

fn checks(forecasts: &[Forecast]) -> Table {
    let head = [
        "strategy",
        "users",
        "nodes",
        "extra round trip",
        "predicted",
        "measured",
        "error",
        "by its own costs",
    ];
    let mut table = Table::new(
        "This machine: predicted beside measured (requests/s)",
        1,
        &head,
    );
    for (forecast, check) in forecasts
        .iter()
        .flat_map(|forecast| forecast.checks.iter().map(move |c| (forecast, c)))
    {
        table.row([
            forecast.name.clone(),
            check.users.to_string(),
            check.nodes.to_string(),
            format::span(check.store_rtt_us as f64),
            format::count(check.predicted),
            format::count(check.measured),
            if check.is_base {
                "its source".into()
            } else {
                signed(check.error())
            },
            signed(check.own_error()),
        ]);
    }
    table
}
