use super::titled;
use crate::lab::compare::{Measure, contender, load_name};
use crate::lab::record::{Cell, Load};
use crate::lab::report::chart::{Bar, Bars, Chart};
use crate::lab::report::document::{Block, Table};
use crate::lab::report::format::{self, ABSENT};
use crate::lab::report::study::Study;
use crate::lab::stats::Estimate;

/// How soon a sign-out holds everywhere, beside what each read pays for it.
pub(super) fn chapter(study: &Study) -> Vec<Block> {
    let lags = study.lags();
    if lags.is_empty() {
        return Vec::new();
    }
    let mut blocks = vec![Block::Text(
        "The lag is the time from the answer to a sign-out on one node until the last request began that \
         any node accepted with the credential. At 0, none that began after the answer was accepted."
            .into(),
    )];
    let reads = study
        .loads()
        .into_iter()
        .find(|load| load.workload == "read");
    let cells = reads
        .map(|load| study.typical_cells(load))
        .unwrap_or_default();
    blocks.extend(plot(study, reads, &cells).map(|bars| Block::Plot(Chart::Bars(bars))));
    let head = [
        "strategy",
        "lag",
        "greatest lag",
        "sign-outs",
        "round trips a read",
        "reads/s",
        "stored a session",
    ];
    let mut table = Table::new(
        "What a sooner sign-out costs (lags of all cells together)",
        1,
        &head,
    );
    for (name, samples) in &lags {
        let cell = cells.iter().find(|cell| contender(&cell.setup) == *name);
        let of_reads =
            |measure: Measure| cell.map_or_else(|| ABSENT.into(), |cell| measure.show_median(cell));
        let greatest = samples.iter().copied().fold(0.0, f64::max);
        table.row([
            name.clone(),
            lag(samples),
            format::lag(greatest),
            samples.len().to_string(),
            of_reads(Measure::RoundTrips),
            of_reads(Measure::Rate),
            of_reads(Measure::SessionBytes),
        ]);
    }
    blocks.push(Block::Table(table));
    titled("What revocation costs", blocks)
}

fn plot(study: &Study, load: Option<&Load>, cells: &[&Cell]) -> Option<Bars> {
    let lags = study.lags();
    let bars = cells.iter().filter_map(|cell| {
        let name = contender(&cell.setup);
        let note = match Estimate::of(lags.get(&name)?)?.median {
            0.0 => "refused once answered".into(),
            f64::INFINITY => "never refused".into(),
            late => format!("refused after {}", format::lag(late)),
        };
        let rate = Measure::Rate.estimate(cell)?.median;
        Some(Bar {
            name,
            note,
            style: study.style(cell),
            values: vec![rate],
        })
    });
    let bars: Vec<Bar> = bars.collect();
    let load = load_name(load?);
    (!bars.is_empty()).then(|| Bars {
        id: "revocation".into(),
        title: format!("Reads per second beside the revocation lag, {load}"),
        about: "Longer is faster; the lag stands at the right.".into(),
        parts: vec!["reads/s".into()],
        bars,
        show: format::rate,
    })
}

fn lag(samples: &[f64]) -> String {
    Estimate::of(samples).map_or_else(|| ABSENT.into(), |lag| format::lag(lag.median))
}
