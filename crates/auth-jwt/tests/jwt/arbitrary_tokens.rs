//! Whatever is presented, nothing panics and nothing but a token of ours is believed.

use std::sync::LazyLock;

use auth_jwt::Algorithm;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::forge::message;
use crate::lab::Lab;

static LABS: LazyLock<Vec<(Lab, String)>> = LazyLock::new(|| {
    let lab = |algorithm| {
        let lab = Lab::new(algorithm);
        let token = lab.access_token();
        (lab, token)
    };
    Algorithm::ALL.map(lab).into()
});

fn believed_by_nobody(text: &str) -> bool {
    LABS.iter().all(|(lab, _)| !lab.accepts(text))
}

#[derive(Clone, Debug)]
enum Edit {
    Replace(Index, char),
    Insert(Index, char),
    Remove(Index),
    Swap(Index, Index),
    Cut(Index),
    Repeat(Index, Index),
}

impl Edit {
    fn apply(&self, text: &mut Vec<char>) {
        let len = text.len().max(1);
        match self {
            _ if text.is_empty() => {}
            Self::Replace(at, c) => text[at.index(len)] = *c,
            Self::Insert(at, c) => text.insert(at.index(len), *c),
            Self::Remove(at) => drop(text.remove(at.index(len))),
            Self::Swap(a, b) => text.swap(a.index(len), b.index(len)),
            Self::Cut(at) => text.truncate(at.index(len)),
            Self::Repeat(from, to) => {
                let (from, to) = (from.index(len), to.index(len));
                text.extend_from_within(from.min(to)..from.max(to));
            }
        }
    }
}

fn edit() -> impl Strategy<Value = Edit> {
    let c = prop_oneof![
        proptest::char::range('A', 'z'),
        proptest::char::any(),
        Just('.'),
        Just('='),
        Just('+')
    ];
    prop_oneof![
        (any::<Index>(), c.clone()).prop_map(|(at, c)| Edit::Replace(at, c)),
        (any::<Index>(), c).prop_map(|(at, c)| Edit::Insert(at, c)),
        any::<Index>().prop_map(Edit::Remove),
        any::<(Index, Index)>().prop_map(|(a, b)| Edit::Swap(a, b)),
        any::<Index>().prop_map(Edit::Cut),
        any::<(Index, Index)>().prop_map(|(a, b)| Edit::Repeat(a, b)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_arbitrary_text_is_refused(text in ".{0,300}") {
        prop_assert!(believed_by_nobody(&text));
    }

    #[test]
    fn three_arbitrary_segments_are_refused(text in "[A-Za-z0-9_-]{0,80}(\\.[A-Za-z0-9_-]{0,80}){2}") {
        prop_assert!(believed_by_nobody(&text));
    }

    #[test]
    fn arbitrary_json_is_refused(header in "\\{.{0,60}\\}", claims in "\\{.{0,60}\\}") {
        let text = message(&header, &claims) + ".AAAA";
        prop_assert!(believed_by_nobody(&text));
    }

    #[test]
    fn an_edited_token_is_refused(edits in proptest::collection::vec(edit(), 1..4)) {
        for (lab, token) in LABS.iter() {
            let mut text: Vec<char> = token.chars().collect();
            edits.iter().for_each(|edit| edit.apply(&mut text));
            let text: String = text.into_iter().collect();
            prop_assert_eq!(lab.accepts(&text), text == *token);
        }
    }
}
