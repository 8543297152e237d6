use super::titled;
use crate::lab::compare::{Difference, Measure, Outcome, Ranking, contender, load_name};
use crate::lab::record::{Cell, Load};
use crate::lab::report::document::Block;
use crate::lab::report::format::{self, listed, sentence};
use crate::lab::report::study::{Study, doing};
use crate::lab::report::why;

/// Each load in words, in the place where most was compared.
pub(super) fn chapter(study: &Study) -> Vec<Block> {
    titled(
        "Load by load",
        paragraphs(study).into_iter().map(Block::Text).collect(),
    )
}

/// A paragraph for each load.
pub(in crate::lab::report) fn paragraphs(study: &Study) -> Vec<String> {
    let loads = study.loads().into_iter();
    loads.filter_map(|load| of_load(study, load)).collect()
}

fn of_load(study: &Study, load: &Load) -> Option<String> {
    let typical = study.typical(load)?;
    let mut sentences = vec![in_one_scene(typical)];
    if load.workload == "seed" {
        sentences.push(
            "Its users think between requests and so set the rate themselves: the tail decides."
                .into(),
        );
    }
    sentences.extend(why::sentence(typical));
    Some(sentences.join(" "))
}

fn in_one_scene(ranking: &Ranking) -> String {
    let load = load_name(&ranking.scene.load);
    let place = format!(
        "{} ({}; {})",
        sentence(doing(&ranking.scene.load)),
        load,
        ranking.scene.place()
    );
    let leaders: Vec<String> = ranking
        .leaders
        .iter()
        .map(|cell| with_figure(ranking.measure, cell))
        .collect();
    let said = match ranking.outcome() {
        Outcome::Ahead => ahead(ranking, &leaders),
        Outcome::Equal => equal(ranking),
        Outcome::Unclear => format!(
            "too few repetitions to compare {}",
            listed(&everybody(ranking))
        ),
        Outcome::Alone if leaders.is_empty() => {
            "nothing that could be compared was measured".into()
        }
        Outcome::Alone => format!("only {} was measured", listed(&leaders)),
    };
    format!("{place}: {said}.")
}

fn ahead(ranking: &Ranking, leaders: &[String]) -> String {
    let verb = if leaders.len() == 1 {
        "is ahead"
    } else {
        "are ahead, with no difference beyond the noise between them"
    };
    let first = if ranking.measure == Measure::Rate {
        "reaches "
    } else {
        "takes "
    };
    let verbs = std::iter::once(first).chain(std::iter::repeat(""));
    let behind = ranking.behind.iter().zip(verbs);
    let behind: Vec<String> = behind
        .map(|((cell, by), verb)| trailing(cell, by, verb))
        .collect();
    let mut said = format!("{} {verb}; {}", listed(leaders), listed(&behind));
    if !ranking.middle.is_empty() {
        let middle = ranking.middle.iter();
        let middle: Vec<String> = middle
            .map(|cell| with_figure(ranking.measure, cell))
            .collect();
        said += &format!(
            "; in between, within the noise of both sides: {}",
            listed(&middle)
        );
    }
    said
}

/// "session reaches 25 % less (15,000 req/s)"; what follows it needs no verb.
fn trailing(cell: &Cell, by: &Difference, verb: &str) -> String {
    let name = contender(&cell.setup);
    let figure = by.measure.show(by.change.after.median);
    let ratio = by.change.ratio;
    let far = match by.measure {
        Measure::Rate => format!("{} less", format::share(1.0 - ratio)),
        _ if ratio >= 2.5 => format!("{} times as long", format::count(ratio)),
        _ => format!("{} longer", format::share(ratio - 1.0)),
    };
    format!("{name} {verb}{far} ({figure})")
}

/// "session and jwt-checked (−3 % to +1 %) show no difference beyond the noise (throughput
/// 15,900 to 16,010 req/s)".
fn equal(ranking: &Ranking) -> String {
    let names = ranking.leaders.iter();
    let names: Vec<String> = names.map(|cell| ranking.beside_first(cell)).collect();
    let figures = ranking
        .leaders
        .iter()
        .map(|cell| ranking.measure.show_median(cell));
    let figures: Vec<String> = figures.collect();
    let range = match (figures.first(), figures.last()) {
        (Some(best), Some(last)) if best != last => format!("{best} to {last}"),
        (best, _) => best.cloned().unwrap_or_default(),
    };
    format!(
        "{} show no difference beyond the noise ({} {range})",
        listed(&names),
        ranking.measure.name()
    )
}

fn with_figure(measure: Measure, cell: &Cell) -> String {
    let name = contender(&cell.setup);
    let figure = measure.show_median(cell);
    match measure {
        Measure::Rate => format!("{name} ({figure})"),
        _ => format!("{name} ({} {figure})", measure.name()),
    }
}

fn everybody(ranking: &Ranking) -> Vec<String> {
    let cells = ranking.leaders.iter().chain(&ranking.unjudged);
    cells
        .map(|cell| with_figure(ranking.measure, cell))
        .collect()
}
