use std::collections::BTreeSet;

use crate::lab::compare::{Measure, contender, load_name};
use crate::lab::environment::{Store, Strategy};
use crate::lab::generator::Workload;
use crate::lab::record::{Cell, Record};
use crate::lab::report::format::{counted, listed};
use crate::lab::report::study::Study;

const MEASURES: [Measure; 5] = [
    Measure::ServerCpu,
    Measure::StoreCpu,
    Measure::RoundTrips,
    Measure::Memory,
    Measure::RevocationLag,
];

/// What was not measured, and what is left out of comparisons; `None` if nothing.
pub(super) fn paragraph(study: &Study) -> Option<String> {
    let missing = missing(study.record);
    let left_out = left_out(study);
    let missing = (!missing.is_empty()).then(|| format!("Not measured: {}.", missing.join("; ")));
    let sentences: Vec<String> = missing.into_iter().chain(left_out).collect();
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

fn missing(record: &Record) -> Vec<String> {
    let measured: Vec<&Cell> = record
        .cells
        .iter()
        .filter(|cell| !cell.runs.is_empty())
        .collect();
    let absent = |kind: &str, known: &[&str], of: fn(&Cell) -> &str| {
        let seen: BTreeSet<&str> = measured.iter().map(|cell| of(cell)).collect();
        let absent = known.iter().filter(|name| !seen.contains(**name));
        let absent: Vec<String> = absent.map(|name| (*name).to_owned()).collect();
        (!absent.is_empty()).then(|| format!("{kind} {}", listed(&absent)))
    };
    let mut missing: Vec<String> = [
        absent(
            "the workloads",
            &Workload::ALL.map(Workload::name),
            |cell| &cell.load.workload,
        ),
        absent(
            "the strategies",
            &Strategy::ALL.map(Strategy::name),
            |cell| &cell.setup.strategy,
        ),
        absent("the stores", &Store::ALL.map(Store::name), |cell| {
            &cell.setup.store
        }),
    ]
    .into_iter()
    .flatten()
    .collect();
    if measured.iter().all(|cell| cell.setup.nodes <= 1) {
        missing.push("more than one node".into());
    }
    if measured.iter().all(|cell| cell.setup.store_rtt_us == 0) {
        missing.push("stores further away".into());
    }
    let unseen = |measure: &Measure| measured.iter().all(|cell| measure.samples(cell).is_empty());
    let unseen = MEASURES.into_iter().filter(unseen);
    missing.extend(unseen.map(|measure| measure.name().to_owned()));
    missing
}

fn left_out(study: &Study) -> Option<String> {
    let unfit: Vec<_> = study
        .rankings
        .iter()
        .flat_map(|ranking| &ranking.unfit)
        .collect();
    let (first, why) = unfit.first()?;
    let example = format!(
        "{} under {}: {why}",
        contender(&first.setup),
        load_name(&first.load)
    );
    let (verb, such) = if unfit.len() == 1 {
        ("is", "")
    } else {
        ("are", "for example ")
    };
    Some(format!(
        "{} {verb} left out of comparisons ({such}{example}).",
        counted(
            u32::try_from(unfit.len()).unwrap_or(u32::MAX),
            "measurement"
        )
    ))
}
