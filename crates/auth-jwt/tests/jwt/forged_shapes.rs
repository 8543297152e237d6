//! Texts that look like a token and are none.

use auth_jwt::Algorithm;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

use crate::forge::{Forge, forgeries};
use crate::lab::Lab;

/// The genuine token with one segment changed.
fn change(forge: &Forge, place: usize, by: impl Fn(&str) -> String) -> String {
    let mut segments = forge.segments().map(str::to_owned);
    segments[place] = by(&segments[place]);
    segments.join(".")
}

forgeries! {
    payload_exchanged: |forge| {
        let mut claims = forge.claims.clone();
        claims["sub"] = auth_core::UserId::generate().to_string().into();
        change(forge, 1, |_| URL_SAFE_NO_PAD.encode(claims.to_string()))
    };
    header_exchanged: |forge| {
        change(forge, 0, |_| URL_SAFE_NO_PAD.encode(forge.header.to_string() + " "))
    };

    signature_stripped: |forge| change(forge, 2, |_| String::new());
    signature_stripped_with_its_dot: |forge| {
        let [header, payload, _] = forge.segments();
        format!("{header}.{payload}")
    };
    signature_truncated_by_a_character: |forge| change(forge, 2, |s| s[..s.len() - 1].into());
    signature_truncated_by_four: |forge| change(forge, 2, |s| s[..s.len() - 4].into());
    signature_truncated_to_one_byte: |forge| change(forge, 2, |s| s[..2].into());
    signature_extended: |forge| change(forge, 2, |s| format!("{s}AAAA"));
    signature_doubled: |forge| change(forge, 2, |s| format!("{s}{s}"));
    signature_of_zeros: |forge| change(forge, 2, |s| "A".repeat(s.len()));
    signature_of_another_token: |forge| {
        let other = forge.with_claim("jti", auth_core::UserId::generate().to_string());
        change(forge, 2, |_| other.rsplit_once('.').unwrap().1.into())
    };

    padding_behind_the_header: |forge| {
        let [header, payload, _] = forge.segments();
        forge.signed_message(&format!("{}.{payload}", padded(header)))
    };
    padding_behind_the_payload: |forge| {
        let [header, payload, _] = forge.segments();
        forge.signed_message(&format!("{header}.{}", padded(payload)))
    };
    padding_behind_the_signature: |forge| change(forge, 2, padded);
    line_break_signed_with_the_payload: |forge| {
        let [header, payload, _] = forge.segments();
        forge.signed_message(&format!("{header}.{payload}\n"))
    };
    another_segment_signed_with_the_others: |forge| {
        let [header, payload, _] = forge.segments();
        forge.signed_message(&format!("{header}.{payload}.e30"))
    };
    standard_alphabet_in_the_signature: |forge| {
        // A signature that has a character in which the alphabets differ.
        let mut token = forge.genuine().to_owned();
        while !token.rsplit_once('.').unwrap().1.contains(['-', '_']) {
            token = forge.with_claim("jti", auth_core::UserId::generate().to_string());
        }
        let (message, signature) = token.rsplit_once('.').unwrap();
        let signature = STANDARD_NO_PAD.encode(URL_SAFE_NO_PAD.decode(signature).unwrap());
        format!("{message}.{signature}")
    };

    one_segment: |forge| forge.segments()[0].into();
    four_segments: |forge| format!("{}.e30", forge.genuine());
    four_segments_with_an_empty_one_first: |forge| format!(".{}", forge.genuine());
    four_segments_with_an_empty_one_last: |forge| format!("{}.", forge.genuine());
    five_segments_as_if_encrypted: |forge| format!("{}.e30.e30", forge.genuine());
    only_dots: |_| "..".into();
    empty: |_| String::new();

    white_space_in_front: |forge| format!(" {}", forge.genuine());
    white_space_behind: |forge| format!("{} ", forge.genuine());
    line_break_behind: |forge| format!("{}\n", forge.genuine());
    line_break_inside: |forge| change(forge, 1, |s| format!("{}\n{}", &s[..9], &s[9..]));
    white_space_around_the_dot: |forge| forge.genuine().replacen('.', " .", 1);
    nul_behind: |forge| format!("{}\0", forge.genuine());
    the_scheme_in_front: |forge| format!("Bearer {}", forge.genuine());
    two_tokens: |forge| format!("{0},{0}", forge.genuine());
    not_ascii: |forge| change(forge, 2, |s| format!("{s}é"));

    json_serialisation: |forge| {
        let [header, payload, signature] = forge.segments();
        format!(r#"{{"protected":"{header}","payload":"{payload}","signature":"{signature}"}}"#)
    };
    huge_by_white_space_in_the_payload: |forge| {
        let claims = forge.claims.to_string().replacen('{', &format!("{{{}", " ".repeat(4096)), 1);
        forge.signed(&forge.header.to_string(), &claims)
    };
    a_megabyte: |forge| change(forge, 1, |_| "A".repeat(1 << 20));
}

/// The segment with as much padding as it needs, and with some when it needs none.
fn padded(segment: &str) -> String {
    let padded = URL_SAFE.encode(URL_SAFE_NO_PAD.decode(segment).unwrap());
    match padded.ends_with('=') {
        true => padded,
        false => padded + "=",
    }
}

#[test]
fn a_token_of_the_greatest_length_is_accepted_and_a_longer_one_is_not() {
    let lab = Lab::new(Algorithm::EdDsa);
    let forge = lab.forge();
    let spaced = |n: usize| {
        let claims = forge
            .claims
            .to_string()
            .replacen('{', &format!("{{{}", " ".repeat(n)), 1);
        forge.signed(&forge.header.to_string(), &claims)
    };
    let spare = (4096 - spaced(0).len()) / 4 * 3;
    let longest = spaced(spare);
    assert!((4092..=4096).contains(&longest.len()));
    assert!(lab.accepts(&longest));
    assert!(!lab.accepts(&spaced(spare + 6)));
}

#[test]
fn a_flipped_bit_anywhere_is_refused() {
    for algorithm in Algorithm::ALL {
        let lab = Lab::new(algorithm);
        let token = lab.access_token();
        assert!(lab.accepts(&token));
        for place in 0..token.len() {
            for bit in 0..7 {
                let mut bytes = token.clone().into_bytes();
                bytes[place] ^= 1 << bit;
                let forged = String::from_utf8(bytes).unwrap();
                assert!(
                    !lab.accepts(&forged),
                    "{algorithm}: bit {bit} of byte {place}"
                );
            }
        }
    }
}
