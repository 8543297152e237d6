//! Claims that nobody should believe, though they are rightly signed.

use std::time::Duration;

use auth_jwt::Algorithm;
use serde_json::{Value, json};

use crate::forge::{Forge, forgeries};
use crate::lab::{AUDIENCE, ISSUER, Lab};

/// More than clocks may be apart.
const SOON: i64 = 90;

/// The genuine claims with one replaced by a raw JSON value.
fn with_raw(forge: &Forge, name: &str, value: &str) -> String {
    let mut claims = forge.claims.clone();
    claims.as_object_mut().unwrap().remove(name).unwrap();
    let claims = claims.to_string();
    let claims = claims.replacen('{', &format!(r#"{{"{name}":{value},"#), 1);
    forge.signed(&forge.header.to_string(), &claims)
}

fn text(forge: &Forge, name: &str) -> String {
    forge.claims[name].as_str().unwrap().to_owned()
}

forgeries! {
    exp_missing: |forge| forge.without_claim("exp");
    exp_past: |forge| forge.with_claim("exp", forge.time("iat", -SOON));
    exp_zero: |forge| forge.with_claim("exp", 0);
    exp_null: |forge| forge.with_claim("exp", Value::Null);
    exp_negative: |forge| forge.with_claim("exp", -1);
    exp_negative_and_huge: |forge| forge.with_claim("exp", i64::MIN);
    exp_float: |forge| forge.with_claim("exp", forge.time("exp", 0) as f64 + 0.5);
    exp_whole_float: |forge| with_raw(forge, "exp", &format!("{}.0", forge.time("exp", 0)));
    exp_in_exponent_form: |forge| with_raw(forge, "exp", "2e9");
    exp_1e400: |forge| with_raw(forge, "exp", "1e400");
    exp_beyond_64_bits: |forge| with_raw(forge, "exp", "99999999999999999999");
    exp_string: |forge| forge.with_claim("exp", forge.time("exp", 0).to_string());
    exp_array: |forge| forge.with_claim("exp", json!([forge.time("exp", 0)]));
    exp_bool: |forge| forge.with_claim("exp", true);

    nbf_future: |forge| forge.with_claim("nbf", forge.time("iat", SOON));
    nbf_null: |forge| forge.with_claim("nbf", Value::Null);
    nbf_string: |forge| forge.with_claim("nbf", "0");
    iat_missing: |forge| forge.without_claim("iat");
    iat_future: |forge| forge.with_claim("iat", forge.time("iat", SOON));
    iat_in_the_last_year: |forge| forge.with_claim("iat", u64::MAX);
    iat_negative: |forge| forge.with_claim("iat", -1);
    iat_string: |forge| forge.with_claim("iat", forge.time("iat", 0).to_string());
    auth_time_missing: |forge| forge.without_claim("auth_time");
    auth_time_future: |forge| forge.with_claim("auth_time", forge.time("iat", SOON));
    auth_time_float: |forge| forge.with_claim("auth_time", forge.time("iat", 0) as f64 + 0.5);

    iss_missing: |forge| forge.without_claim("iss");
    iss_wrong: |forge| forge.with_claim("iss", "https://evil.example");
    iss_with_slash: |forge| forge.with_claim("iss", format!("{ISSUER}/"));
    iss_in_capitals: |forge| forge.with_claim("iss", ISSUER.to_uppercase());
    iss_prefix: |forge| forge.with_claim("iss", &ISSUER[..ISSUER.len() - 1]);
    iss_array: |forge| forge.with_claim("iss", json!([ISSUER]));

    aud_missing: |forge| forge.without_claim("aud");
    aud_wrong: |forge| forge.with_claim("aud", "https://other.example/api");
    aud_empty: |forge| forge.with_claim("aud", "");
    aud_substring: |forge| forge.with_claim("aud", &AUDIENCE[1..]);
    aud_with_text_behind: |forge| forge.with_claim("aud", format!("{AUDIENCE}.evil.example"));
    aud_array: |forge| forge.with_claim("aud", json!([AUDIENCE]));
    aud_array_of_two: |forge| forge.with_claim("aud", json!([AUDIENCE, "https://other.example"]));
    aud_object: |forge| forge.with_claim("aud", json!({ AUDIENCE: true }));
    aud_null: |forge| forge.with_claim("aud", Value::Null);

    sub_missing: |forge| forge.without_claim("sub");
    sub_array: |forge| forge.with_claim("sub", json!([forge.claims["sub"]]));
    sub_number: |forge| forge.with_claim("sub", 1);
    sub_not_a_uuid: |forge| forge.with_claim("sub", "admin");
    sub_in_capitals: |forge| forge.with_claim("sub", text(forge, "sub").to_uppercase());
    sub_without_hyphens: |forge| forge.with_claim("sub", text(forge, "sub").replace('-', ""));
    sub_in_braces: |forge| forge.with_claim("sub", format!("{{{}}}", text(forge, "sub")));
    sub_as_urn: |forge| forge.with_claim("sub", format!("urn:uuid:{}", text(forge, "sub")));
    sub_with_white_space: |forge| forge.with_claim("sub", format!("{} ", text(forge, "sub")));

    sid_missing: |forge| forge.without_claim("sid");
    sid_not_a_uuid: |forge| forge.with_claim("sid", "*");
    sid_in_capitals: |forge| forge.with_claim("sid", text(forge, "sid").to_uppercase());
    sid_array: |forge| forge.with_claim("sid", json!([forge.claims["sid"]]));

    jti_missing: |forge| forge.without_claim("jti");
    jti_not_a_uuid: |forge| forge.with_claim("jti", "1");
    jti_number: |forge| forge.with_claim("jti", 1);

    longer_than_any_we_issue: |forge| forge.with_claim("exp", forge.time("exp", 1));
    much_longer_than_any_we_issue: |forge| forge.with_claim("exp", forge.time("exp", 86_400));
    issued_long_ago: |forge| forge.with_claim("iat", forge.time("iat", -1));
    version_text: |forge| forge.with_claim("cred_ver", "0");
    version_float: |forge| forge.with_claim("cred_ver", 0.5);
    version_array: |forge| forge.with_claim("cred_ver", json!([0]));

    extra_claim: |forge| forge.with_claim("admin", true);
    exp_twice: |forge| forge.with_raw_claim(&format!(r#""exp":{}"#, i64::MAX));
    sub_twice: |forge| forge.with_raw_claim(r#""sub":"x""#);
    sub_twice_with_one_escaped: |forge| {
        forge.with_raw_claim(&format!(r#""\u0073ub":{}"#, forge.claims["sub"]))
    };
    aud_twice: |forge| forge.with_raw_claim(&format!(r#""aud":"{AUDIENCE}""#));

    claims_array: |forge| {
        let order = [
            "iss", "aud", "sub", "sid", "jti", "iat", "exp", "auth_time", "cred_ver",
        ];
        let values: Vec<&Value> = order.map(|name| &forge.claims[name]).into();
        forge.signed(&forge.header.to_string(), &json!(values).to_string())
    };
    claims_null: |forge| forge.signed(&forge.header.to_string(), "null");
    claims_empty: |forge| forge.signed(&forge.header.to_string(), "");
    claims_empty_object: |forge| forge.signed(&forge.header.to_string(), "{}");
    claims_no_json: |forge| forge.signed(&forge.header.to_string(), "sub=admin");
    claims_with_text_behind: |forge| {
        forge.signed(&forge.header.to_string(), &format!("{}{{}}", forge.claims))
    };
    claims_deeply_nested: |forge| {
        forge.signed(&forge.header.to_string(), &r#"{"a":"#.repeat(400))
    };
}

#[test]
fn clocks_may_be_apart_but_nothing_lives_longer_by_it() {
    let lab = Lab::new(Algorithm::EdDsa);
    let forge = lab.forge();
    for claim in ["iat", "auth_time", "nbf"] {
        let ahead = |by| forge.with_claim(claim, forge.time("iat", by));
        assert!(lab.accepts(&ahead(60)), "{claim}");
        assert!(!lab.accepts(&ahead(61)), "{claim}");
    }
    // The clock stands a quarter of a second behind the full one.
    let expired = |ago: i64| forge.with_claim("exp", forge.time("iat", -ago));
    assert!(lab.accepts(&expired(4)));
    assert!(!lab.accepts(&expired(5)));
}

#[test]
fn an_nbf_that_has_come_is_accepted() {
    let lab = Lab::new(Algorithm::EdDsa);
    let forge = lab.forge();
    let token = forge.with_claim("nbf", forge.time("iat", 80));
    assert!(!lab.accepts(&token));
    lab.clock.advance(Duration::from_secs(20));
    assert!(lab.accepts(&token));
}
