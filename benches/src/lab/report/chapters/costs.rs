use super::results::named;
use super::{slug, titled};
use crate::lab::compare::{Measure, cells_in_order, contender, load_name};
use crate::lab::record::{Cell, Load};
use crate::lab::report::chart::{Bar, Bars, Chart};
use crate::lab::report::document::{Block, Table};
use crate::lab::report::format;
use crate::lab::report::study::Study;
use crate::lab::stats;

/// What a request costs: processor time, round trips, bytes, memory.
pub(super) fn chapter(study: &Study) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for load in study.loads() {
        blocks.extend(processor(study, load).map(|bars| Block::Plot(Chart::Bars(bars))));
        blocks.extend(bytes(study, load).map(|bars| Block::Plot(Chart::Bars(bars))));
    }
    titled("What a request costs", blocks)
}

/// The costs of every cell.
pub(super) fn of_every_cell(study: &Study) -> Option<Block> {
    use Measure::{
        BytesIn, BytesOut, ClientCpu, Memory, RoundTrips, ServerCpu, SessionBytes, StoreCpu,
    };
    let head = [
        "load",
        "place",
        "strategy",
        "server CPU",
        "store CPU",
        "generator CPU",
        "round trips",
        "sent",
        "received",
        "peak memory",
        "stored a session",
    ];
    let caption = "Costs of every cell, a request unless it says otherwise (medians)";
    let mut table = Table::new(caption, 3, &head);
    let measures = [
        ServerCpu,
        StoreCpu,
        ClientCpu,
        RoundTrips,
        BytesOut,
        BytesIn,
        Memory,
        SessionBytes,
    ];
    for cell in cells_in_order(study.record) {
        let figures = measures.map(|measure| measure.show_median(cell));
        table.row(named(cell).into_iter().chain(figures));
    }
    (!table.rows.is_empty()).then_some(Block::Table(table))
}

fn processor(study: &Study, load: &Load) -> Option<Bars> {
    let cells = study.typical_cells(load);
    let known = cells
        .into_iter()
        .filter(|cell| Measure::ServerCpu.estimate(cell).is_some());
    let bars = known.map(|cell| Bar {
        name: contender(&cell.setup),
        note: round_trips(cell),
        style: study.style(cell),
        values: [Measure::ServerCpu, Measure::StoreCpu]
            .map(|of| median(of, cell) * 1_000.0)
            .into(),
    });
    let bars: Vec<Bar> = bars.collect();
    (!bars.is_empty()).then(|| Bars {
        id: format!("cpu-{}", slug(&load_name(load))),
        title: format!("Processor time a request, {}", load_name(load)),
        about: about(study, load),
        parts: vec!["server".into(), "stores".into()],
        bars,
        show: format::micros,
    })
}

fn bytes(study: &Study, load: &Load) -> Option<Bars> {
    let cells = study.typical_cells(load);
    let bars = cells.into_iter().map(|cell| Bar {
        name: contender(&cell.setup),
        note: String::new(),
        style: study.style(cell),
        values: [Measure::BytesOut, Measure::BytesIn]
            .map(|of| median(of, cell))
            .into(),
    });
    let bars: Vec<Bar> = bars
        .filter(|bar| bar.values.iter().sum::<f64>() > 0.0)
        .collect();
    (!bars.is_empty()).then(|| Bars {
        id: format!("bytes-{}", slug(&load_name(load))),
        title: format!("Bytes a request, {}", load_name(load)),
        about: about(study, load),
        parts: vec!["sent".into(), "received".into()],
        bars,
        show: format::bytes,
    })
}

fn about(study: &Study, load: &Load) -> String {
    let place = study
        .typical(load)
        .map(|typical| typical.scene.place())
        .unwrap_or_default();
    format!("{}. Shorter is better.", format::sentence(&place))
}

fn round_trips(cell: &Cell) -> String {
    let trips = Measure::RoundTrips.estimate(cell);
    trips
        .map(|trips| format!("{} round trips", format::count(trips.median)))
        .unwrap_or_default()
}

fn median(measure: Measure, cell: &Cell) -> f64 {
    stats::median(&measure.samples(cell)).unwrap_or_default()
}
