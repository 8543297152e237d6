use std::fs;

use auth_bench::lab::compare::{Measure, Scene, load_name};
use auth_bench::lab::record::{Cell, Record, Shape};
use auth_bench::lab::report;
use auth_bench::lab::stats::Estimate;

use crate::sample::{Plain, full, reads, record};

struct Files {
    html: String,
    markdown: String,
    csv: String,
    folder: tempfile::TempDir,
}

fn written(record: &Record) -> Files {
    let folder = tempfile::tempdir().unwrap();
    report::write(record, folder.path()).unwrap();
    // Non-breaking spaces and hyphens read like plain ones.
    let read = |name: &str| {
        let text = fs::read_to_string(folder.path().join(name)).unwrap();
        text.replace('\u{a0}', " ").replace('\u{2011}', "-")
    };
    Files {
        html: read("report.html"),
        markdown: read("report.md"),
        csv: read("report.csv"),
        folder,
    }
}

/// Keeps the full report where `REPORT_SAMPLE` says, to be looked at.
#[test]
fn every_file_that_is_named_exists() {
    let kept = std::env::var_os("REPORT_SAMPLE");
    let folder = tempfile::tempdir().unwrap();
    let place = kept.map_or_else(|| folder.path().to_owned(), Into::into);
    let files = report::write(&full(), &place).unwrap();
    assert!(files.iter().all(|file| file.is_file()), "{files:?}");
    for name in ["report.html", "report.md", "report.csv", "record.json"] {
        assert!(
            files.contains(&place.join(name)),
            "{name} is not in {files:?}"
        );
    }
}

#[test]
fn the_page_needs_nothing_else() {
    let html = written(&full()).html;
    for forbidden in [
        "http://", "https://", "<script", "<link", "<img", "@import", "url(",
    ] {
        assert!(!html.contains(forbidden), "{forbidden} is in the page");
    }
}

#[test]
fn every_plot_has_a_title_a_description_and_a_table() {
    let html = written(&full()).html;
    let plots = html.matches("<svg").count();
    assert!(plots >= 10, "{plots} plots");
    assert_eq!(html.matches("</desc>").count(), plots);
    assert_eq!(html.matches("The figures of this plot").count(), plots);
}

#[test]
fn plots_of_the_markdown_exist() {
    let files = written(&full());
    let mut seen = 0;
    for rest in files.markdown.split("](plots/").skip(1) {
        let name = rest.split(')').next().unwrap();
        let svg = fs::read_to_string(files.folder.path().join("plots").join(name)).unwrap();
        assert!(svg.starts_with("<svg xmlns="), "{name}");
        seen += 1;
    }
    assert_eq!(seen, files.html.matches("<svg").count());
}

#[test]
fn ids_are_unique() {
    let html = written(&full()).html;
    let mut ids: Vec<&str> = html
        .split(" id=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

#[test]
fn every_cell_stands_in_the_tables() {
    let record = full();
    let html = written(&record).html;
    for caption in [
        "Throughput and latency of every cell",
        "Costs of every cell",
    ] {
        let caption = format!("<caption>{caption}");
        let table = html
            .split("<table>")
            .find(|table| table.contains(&caption))
            .unwrap();
        for cell in &record.cells {
            let row = row(cell);
            assert_eq!(table.matches(&row).count(), 1, "{row} in {caption}");
        }
    }
}

fn row(cell: &Cell) -> String {
    format!(
        "<th scope=\"row\" class=\"word\">{}</th><td class=\"word\">{}</td><td class=\"word\">{}</td>",
        load_name(&cell.load),
        Scene::of(cell).place(),
        cell.setup.strategy,
    )
}

#[test]
fn csv_holds_every_measure_of_every_cell() {
    let record = full();
    let csv = written(&record).csv;
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let head = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let field = |row: &csv::StringRecord, name: &str| {
        row[head.iter().position(|column| column == name).unwrap()].to_owned()
    };
    let mut expected = 0;
    for cell in &record.cells {
        for measure in Measure::ALL {
            let Some(found) = measure.estimate(cell) else {
                continue;
            };
            expected += 1;
            let row = rows.iter().find(|row| {
                field(row, "workload") == cell.load.workload
                    && field(row, "shape") == shape(cell)
                    && field(row, "users") == users(cell)
                    && field(row, "strategy") == cell.setup.strategy
                    && field(row, "nodes") == cell.setup.nodes.to_string()
                    && field(row, "store_rtt_us") == cell.setup.store_rtt_us.to_string()
                    && field(row, "measure") == measure.id()
            });
            let row = row.unwrap();
            let number = |name: &str| field(row, name).parse::<f64>().unwrap();
            let Estimate {
                median,
                low,
                high,
                n,
                ..
            } = found;
            assert_eq!(
                (number("median"), number("low"), number("high")),
                (median, low, high)
            );
            assert_eq!(field(row, "n"), n.to_string());
        }
    }
    assert_eq!(rows.len(), expected);
}

fn shape(cell: &Cell) -> &'static str {
    match cell.load.shape {
        Shape::Closed { .. } => "closed",
        Shape::Open { .. } => "open",
    }
}

fn users(cell: &Cell) -> String {
    match cell.load.shape {
        Shape::Closed { users } | Shape::Open { users, .. } => users.to_string(),
    }
}

#[test]
fn the_json_read_back_makes_the_same_report() {
    let files = written(&full());
    let json = fs::read_to_string(files.folder.path().join("record.json")).unwrap();
    let read: Record = serde_json::from_str(&json).unwrap();
    assert_eq!(written(&read).html, files.html);
}

#[test]
fn the_order_of_measuring_does_not_show() {
    let record = full();
    let mut turned = record.clone();
    turned.cells.reverse();
    let (first, second) = (written(&record), written(&turned));
    assert_eq!((first.html, first.csv), (second.html, second.csv));
}

#[test]
fn names_do_not_become_markup() {
    let mut record = reads(&[("session", 20_000.0), ("jwt-stateless", 15_000.0)]);
    record.cells[0].setup.strategy = "<b>\"a|b\"</b>".into();
    record.command = "lab --target '</code><script>'".into();
    let files = written(&record);
    assert!(!files.html.contains("<b>") && !files.html.contains("<script>"));
    assert!(files.html.contains("&lt;b&gt;"));
    assert!(!files.markdown.contains("<b>") && !files.markdown.contains("a|b"));
}

#[test]
fn machine_versions_settings_and_command_are_recorded() {
    let html = written(&full()).html;
    for fact in [
        "Example CPU",
        "Linux 6.12",
        "24.0 GiB",
        "0123abcd",
        "1.95.0",
        "17.2",
        "repetitions",
        "EdDSA",
        "compare</code>",
    ] {
        assert!(html.contains(fact), "{fact} is missing");
    }
}

#[test]
fn the_published_setup_stands_beside_the_seed_load() {
    let files = written(&full());
    for fact in [
        "10 users/s",
        "100 and 500",
        "192 tasks a second and 500 about 958",
        "Flask",
        "Locust",
        "not known",
    ] {
        assert!(files.html.contains(fact), "{fact} is missing");
    }
    assert!(!written(&reads(&[("session", 1.0)])).html.contains("Locust"));
}

#[test]
fn an_interrupted_run_is_marked() {
    let mut record = full();
    record.interrupted = true;
    record.cells.truncate(3);
    let files = written(&record);
    assert!(files.html.contains("stopped before its end"));
    assert!(files.markdown.contains("stopped before its end"));
    assert!(!written(&full()).html.contains("stopped before its end"));
}

#[test]
fn a_late_timer_is_pointed_out() {
    let mut record = reads(&[("session", 20_000.0)]);
    record.cells[0].runs[0].timer_late_ms = 80.0;
    assert!(written(&record).html.contains("up to 80.0 ms late"));
}

#[test]
fn cells_without_figures_keep_a_row() {
    let mut failed = Plain::read("session", 1.0).cell();
    failed.runs.clear();
    failed.bytes_per_session = None;
    failed.problem = Some("no answer".into());
    let files = written(&record(vec![failed]));
    assert!(files.csv.contains("no answer") && files.html.contains("no answer"));
    assert_eq!(files.csv.lines().count(), 2);
}

#[test]
fn an_empty_record_makes_a_report() {
    let files = written(&record(vec![]));
    assert!(files.html.contains("Nothing was measured."));
    assert_eq!(files.csv.lines().count(), 1);
}
