use super::titled;
use crate::lab::compare::Measure;
use crate::lab::record::{Bare, Record};
use crate::lab::report::document::{Block, Table};
use crate::lab::report::format;
use crate::lab::report::study::Study;
use crate::lab::stats::{self, FEWEST};

/// How it was measured and judged, where, with what, and how to repeat it.
pub(super) fn chapter(study: &Study) -> Vec<Block> {
    let record = study.record;
    let mut blocks = vec![
        Block::Text("The command that repeats it:".into()),
        Block::Code(record.command.clone()),
    ];
    blocks.push(Block::List(rules()));
    blocks.push(Block::Table(circumstances(record)));
    blocks.extend(pairs("Versions", "what", &record.versions));
    blocks.extend(pairs("Settings", "setting", &record.settings));
    titled("How it was measured", blocks)
}

/// What has to be known to read the figures.
fn rules() -> Vec<String> {
    let floor = |measure: Measure| format::share(measure.floor().relative);
    vec![
        "Cells that compare with each other are measured in turn, one right after the other, on servers that all run \
         meanwhile. Figures are medians."
            .into(),
        "Intervals of medians are order statistics: from the least to the greatest value up to eight \
         repetitions. They hold the true median with 75 % for three repetitions, 94 % for five, 98 % for seven."
            .into(),
        format!(
            "How two cells differ is the mean ratio of their repetitions, pair by pair, so that what befalls the machine befalls \
             both; it need not be the ratio of the medians. They differ if its whole interval (95 %, of the paired t-test) lies \
             beyond a floor ({} for throughput, {} for p99, {} for processor time). Below {FEWEST} repetitions nothing is claimed. \
             Nothing is corrected for the number of comparisons: of twenty, one may be chance.",
            floor(Measure::Rate),
            floor(Measure::P99),
            floor(Measure::ServerCpu),
        ),
        "Cells in which more than 1 % of the requests failed are left out of comparisons.".into(),
        "Users who wait for their answers ask less when answers take longer, so a round trip more to a store \
         lowers their throughput although no processor is busier; with more users it would weigh less."
            .into(),
        "A server remembers the tokens whose signature was good (16,384 of them, unless a cell says `checked always`), and users \
         here have a handful, so a read pays for no signature. Runs are shorter than an access token lives and than the minute \
         in which a session's last use is written once, so it pays for neither of these."
            .into(),
        "What puts stores further away is a proxy in this tool: it shares the cores, is late by some tenths of a millisecond, and \
         is not there where nothing is added."
            .into(),
        "At a fixed arrival rate latency counts from when a request was due.".into(),
        "Generator, servers and stores share the cores, so throughput here is that of all of them together.".into(),
    ]
}

fn circumstances(record: &Record) -> Table {
    let machine = &record.machine;
    let mut table = Table::new("Where and when", 2, &["what", "value"]);
    table.row(["began", &record.started_at]);
    table.row(["took", &format::micros(record.took_s * 1e6)]);
    table.row([
        "complete",
        if record.interrupted {
            "no, it was stopped"
        } else {
            "yes"
        },
    ]);
    table.row(["commit", record.commit.as_deref().unwrap_or("not known")]);
    table.row(["processor", &machine.cpu]);
    table.row(["cores", &machine.cores.to_string()]);
    table.row(["memory", &format::bytes(machine.memory as f64)]);
    table.row(["system", &machine.system]);
    if let Some(bare) = &record.bare {
        table.row(["bare handler, this generator", &median(&bare.rate)]);
        table.row([
            "bare handler, wrk",
            &bare
                .wrk_rate
                .as_deref()
                .map_or("not measured".into(), median),
        ]);
        table.row(["this generator beside wrk", &beside_wrk(bare)]);
    }
    table
}

fn median(rates: &[f64]) -> String {
    stats::median(rates).map_or_else(|| "not measured".into(), format::rate)
}

fn beside_wrk(bare: &Bare) -> String {
    let ours = stats::median(&bare.rate);
    let wrk = bare.wrk_rate.as_deref().and_then(stats::median);
    let share = ours.zip(wrk).map(|(ours, wrk)| format::share(ours / wrk));
    share.unwrap_or_else(|| "not measured".into())
}

fn pairs(
    caption: &str,
    what: &str,
    pairs: &std::collections::BTreeMap<String, String>,
) -> Option<Block> {
    let mut table = Table::new(caption, 2, &[what, "value"]);
    pairs
        .iter()
        .for_each(|(name, value)| table.row([name, value]));
    (!pairs.is_empty()).then_some(Block::Table(table))
}
