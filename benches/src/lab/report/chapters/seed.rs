use std::collections::BTreeSet;

use super::titled;
use crate::lab::compare::{Measure, Scene, cells_in_order, contender};
use crate::lab::record::{Cell, Shape};
use crate::lab::report::document::{Block, Table};
use crate::lab::report::format::{self, ABSENT};
use crate::lab::report::study::Study;
use crate::lab::stats;

/// The most that a published user offers, in tasks per second: half of them wait 2 s on
/// average, half 0.3 s. A task is a profile, or a sign-out and a sign-in.
const OFFERED: f64 = (1.0 / 2.0 + 1.0 / 0.3) / 2.0;

/// Our runs of the published mix, beside its setup.
pub(super) fn chapter(study: &Study) -> Vec<Block> {
    let cells = cells_in_order(study.record)
        .into_iter()
        .filter(|cell| cell.load.workload == "seed");
    let cells: Vec<&Cell> = cells.filter(|cell| !cell.runs.is_empty()).collect();
    if cells.is_empty() {
        return Vec::new();
    }
    let text = format!(
        "A published comparison was a Locust run against Flask. Its setup is known; its measured figures are not, \
         so none of them stand here. Its users wait between tasks, so that 100 of them offer at most about {} tasks a \
         second and 500 about {}, whatever the server does: as long as it keeps up, such a run shows latency, not how \
         much a server can carry.",
        format::count(100.0 * OFFERED),
        format::count(500.0 * OFFERED)
    );
    let blocks = vec![
        Block::Text(text),
        Block::Table(setups(&cells)),
        Block::Table(figures(&cells)),
    ];
    titled("The published setup", blocks)
}

fn setups(cells: &[&Cell]) -> Table {
    let head = ["what", "published", "here", "same?"];
    let mut table = Table::new("The published setup beside ours", head.len(), &head);
    let users = users(cells);
    let same = |same: bool| if same { "same" } else { "differs" };
    let mix = "profile : logout+login = 5 : 1";
    let wait = "1–3 s and 0.1–0.5 s";
    table.row(["mix", mix, mix, same(true)]);
    table.row([
        "wait between tasks",
        wait,
        &format!("{wait}, half of the users each"),
        same(true),
    ]);
    table.row(["users", "100 and 500", &users, same(users == "100 and 500")]);
    table.row(["ramp", "10 users/s", "10 users/s", same(true)]);
    let (least, most) = seconds(cells);
    let length = if least == most {
        least
    } else {
        format!("{least} to {most}")
    };
    let two_minutes = length == format::micros(120e6);
    table.row([
        "length",
        "2 minutes",
        &format!("{length}, after the ramp"),
        same(two_minutes),
    ]);
    table.row(["repetitions", "not known", &repetitions(cells), ABSENT]);
    table.row(["generator", "Locust", "this tool", same(false)]);
    table.row(["server", "Flask", "actix-web", same(false)]);
    table.row(["figures", "not known", "in the next table", ABSENT]);
    table
}

fn users(cells: &[&Cell]) -> String {
    let users = cells.iter().map(|cell| match cell.load.shape {
        Shape::Closed { users } | Shape::Open { users, .. } => users,
    });
    let users: BTreeSet<u32> = users.collect();
    let users = users
        .into_iter()
        .map(|users| format::count(f64::from(users)));
    format::listed(&users.collect::<Vec<_>>())
}

fn seconds(cells: &[&Cell]) -> (String, String) {
    let seconds = || {
        cells
            .iter()
            .flat_map(|cell| &cell.runs)
            .map(|run| run.seconds)
    };
    let show = |seconds: f64| format::micros(seconds.round() * 1e6);
    (
        show(seconds().fold(f64::INFINITY, f64::min)),
        show(seconds().fold(0.0, f64::max)),
    )
}

fn repetitions(cells: &[&Cell]) -> String {
    let counts: BTreeSet<usize> = cells.iter().map(|cell| cell.runs.len()).collect();
    let counts: Vec<String> = counts.into_iter().map(|count| count.to_string()).collect();
    format::listed(&counts)
}

fn figures(cells: &[&Cell]) -> Table {
    let head = [
        "users",
        "strategy",
        "place",
        "requests/s",
        "p50",
        "p95",
        "p99",
        "profile p99",
        "login p99",
        "failed",
    ];
    let mut table = Table::new("The published mix, measured here (medians)", 3, &head);
    for cell in cells {
        let Scene { load, .. } = Scene::of(cell);
        let (Shape::Closed { users } | Shape::Open { users, .. }) = load.shape;
        let show = |measure: Measure| measure.show_median(cell);
        table.row([
            format::count(f64::from(users)),
            contender(&cell.setup),
            Scene::of(cell).place(),
            show(Measure::Rate),
            show(Measure::P50),
            show(Measure::P95),
            show(Measure::P99),
            of_kind(cell, "profile"),
            of_kind(cell, "login"),
            show(Measure::Errors),
        ]);
    }
    table
}

/// The median over the repetitions of the p99 of one kind of request.
fn of_kind(cell: &Cell, kind: &str) -> String {
    let latencies = cell.runs.iter().filter_map(|run| run.by_kind.get(kind));
    let tails: Vec<f64> = latencies.map(|latency| latency.p99 as f64).collect();
    stats::median(&tails).map_or_else(|| ABSENT.into(), format::micros)
}
