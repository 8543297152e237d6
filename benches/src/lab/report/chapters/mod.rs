mod costs;
mod crossing;
mod latency;
mod loads;
mod method;
mod model;
mod results;
mod revocation;
mod scaling;
mod seed;

use super::document::Block;
use super::study::Study;
use crate::lab::model::Plan;

pub(super) use loads::paragraphs as load_by_load;
pub(super) use scaling::crossing_sentence;

/// Every chapter that the record has figures for.
pub(super) fn all(study: &Study, plan: &Plan) -> Vec<Block> {
    let chapters = [
        results::ahead(study),
        loads::chapter(study),
        latency::chapter(study),
        scaling::nodes(study),
        scaling::round_trips(study),
        costs::chapter(study),
        revocation::chapter(study),
        seed::chapter(study),
        model::chapter(study, plan),
        results::every_cell(study),
        method::chapter(study),
    ];
    chapters.into_iter().flatten().collect()
}

/// A chapter, or nothing where there is nothing to show.
fn titled(title: &str, blocks: Vec<Block>) -> Vec<Block> {
    if blocks.is_empty() {
        return blocks;
    }
    let mut chapter = vec![Block::Heading(title.into())];
    chapter.extend(blocks);
    chapter
}

/// Words as a name for files and anchors.
fn slug(words: &str) -> String {
    let plain = |letter: char| {
        if letter.is_ascii_alphanumeric() {
            letter.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let slug: String = words.chars().map(plain).collect();
    slug.split('-')
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("-")
}
