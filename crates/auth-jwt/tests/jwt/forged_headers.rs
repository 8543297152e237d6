//! Headers that nobody should believe.

use auth_jwt::Algorithm;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm as Jws, EncodingKey};
use serde_json::{Value, json};

use crate::forge::{Forge, forgeries, message, refused};
use crate::lab::Lab;

/// The genuine claims under a header with this `alg` and an empty signature.
fn unsigned(forge: &Forge, alg: &str) -> String {
    let mut header = forge.header.clone();
    header["alg"] = alg.into();
    message(&header.to_string(), &forge.claims.to_string()) + "."
}

/// A token whose `alg` says something else than its key's algorithm.
fn claiming(forge: &Forge, alg: &str) -> String {
    match forge.header["alg"] == alg {
        true => forge.with_header("alg", "HS512"),
        false => forge.with_header("alg", alg),
    }
}

forgeries! {
    alg_none_without_signature: |forge| unsigned(forge, "none");
    alg_none_capitalised_without_signature: |forge| unsigned(forge, "None");
    alg_none_in_mixed_case_without_signature: |forge| unsigned(forge, "nOnE");
    alg_none_in_capitals_without_signature: |forge| unsigned(forge, "NONE");
    alg_none_with_a_good_signature: |forge| forge.with_header("alg", "none");
    alg_empty: |forge| forge.with_header("alg", "");
    alg_in_lower_case: |forge| {
        let alg = forge.header["alg"].as_str().unwrap().to_lowercase();
        forge.with_header("alg", alg)
    };
    alg_missing: |forge| forge.without_header("alg");
    alg_null: |forge| forge.with_header("alg", Value::Null);
    alg_array: |forge| forge.with_header("alg", json!([forge.header["alg"]]));
    alg_of_eddsa_over_another_key: |forge| claiming(forge, "EdDSA");
    alg_of_es256_over_another_key: |forge| claiming(forge, "ES256");
    alg_of_hs256_over_another_key: |forge| claiming(forge, "HS256");
    alg_rs256_with_a_real_rsa_signature: rs256;

    typ_jwt: |forge| forge.with_header("typ", "JWT");
    typ_missing: |forge| forge.without_header("typ");
    typ_in_capitals: |forge| forge.with_header("typ", "AT+JWT");
    typ_as_media_type: |forge| forge.with_header("typ", "application/at+jwt");
    typ_array: |forge| forge.with_header("typ", json!(["at+jwt"]));

    kid_missing: |forge| forge.without_header("kid");
    kid_empty: |forge| forge.with_header("kid", "");
    kid_null: |forge| forge.with_header("kid", Value::Null);
    kid_number: |forge| forge.with_header("kid", 0);
    kid_array: |forge| forge.with_header("kid", json!([forge.header["kid"]]));
    kid_unknown: |forge| forge.with_header("kid", "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    kid_path_traversal: |forge| forge.with_header("kid", "../../../../dev/null");
    kid_absolute_path: |forge| forge.with_header("kid", "/etc/passwd");
    kid_like_sql: |forge| forge.with_header("kid", "' UNION SELECT 'secret' --");
    kid_with_nul: |forge| forge.with_header("kid", format!("{}\0", forge.header["kid"]));
    kid_very_long: |forge| forge.with_header("kid", "k".repeat(2000));
    kid_with_white_space: |forge| {
        forge.with_header("kid", format!(" {}", forge.header["kid"].as_str().unwrap()))
    };

    extra_crit: |forge| forge.with_header("crit", json!(["exp"]));
    extra_crit_empty: |forge| forge.with_header("crit", json!([]));
    extra_jku: |forge| forge.with_header("jku", "https://evil.example/jwks.json");
    extra_jwk: |forge| forge.with_header("jwk", json!({"kty": "oct", "k": "AAAA"}));
    extra_x5u: |forge| forge.with_header("x5u", "https://evil.example/cert.pem");
    extra_x5c: |forge| forge.with_header("x5c", json!(["MIIB"]));
    extra_x5t: |forge| forge.with_header("x5t", "AAAA");
    extra_zip: |forge| forge.with_header("zip", "DEF");
    extra_b64: |forge| forge.with_header("b64", false);
    extra_cty: |forge| forge.with_header("cty", "JWT");
    extra_enc: |forge| forge.with_header("enc", "A128GCM");
    extra_unheard_of: |forge| forge.with_header("x", Value::Null);

    alg_twice: |forge| forge.with_raw_header(r#""alg":"none""#);
    alg_twice_with_one_escaped: |forge| forge.with_raw_header(r#""\u0061lg":"none""#);
    typ_twice: |forge| forge.with_raw_header(r#""typ":"at+jwt""#);
    kid_twice: |forge| forge.with_raw_header(r#""kid":"x""#);

    header_array: |forge| {
        let values: Vec<&Value> = ["alg", "typ", "kid"].map(|name| &forge.header[name]).into();
        forge.signed(&json!(values).to_string(), &forge.claims.to_string())
    };
    header_string: |forge| forge.signed(r#""at+jwt""#, &forge.claims.to_string());
    header_empty_object: |forge| forge.signed("{}", &forge.claims.to_string());
    header_no_json: |forge| forge.signed("alg=none", &forge.claims.to_string());
    header_with_text_behind: |forge| {
        forge.signed(&format!("{}{{}}", forge.header), &forge.claims.to_string())
    };

    signed_with_another_ed25519_key: |forge| {
        let document = Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new()).unwrap();
        forge.resigned(&EncodingKey::from_ed_der(document.as_ref()), Jws::EdDSA)
    };
    signed_with_another_p256_key: |forge| {
        let curve = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(curve, &SystemRandom::new()).unwrap();
        forge.resigned(&EncodingKey::from_ec_der(document.as_ref()), Jws::ES256)
    };
    signed_with_another_secret: |forge| {
        forge.resigned(&EncodingKey::from_secret(&[7; 32]), Jws::HS256)
    };
    signed_with_an_empty_secret: |forge| {
        forge.resigned(&EncodingKey::from_secret(b""), Jws::HS256)
    };
    signed_with_the_kid_as_secret: |forge| {
        let kid = forge.header["kid"].as_str().unwrap();
        forge.resigned(&EncodingKey::from_secret(kid.as_bytes()), Jws::HS256)
    };
}

fn rs256(forge: &Forge) -> String {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let mut header = forge.header.clone();
    header["alg"] = "RS256".into();
    let message = message(&header.to_string(), &forge.claims.to_string());
    let mut signature = vec![0; pair.public_modulus_len()];
    let random = SystemRandom::new();
    let signed = pair.sign(
        &RSA_PKCS1_SHA256,
        &random,
        message.as_bytes(),
        &mut signature,
    );
    signed.unwrap();
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// The forms in which an attacker can hold a public key: raw, DER, PEM with and without
/// the last line break, and the JWK itself.
fn public_key_forms(lab: &Lab) -> Vec<Vec<u8>> {
    let jwk = lab.jwks()["keys"][0].clone();
    let part = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
    let (raw, prefix) = match lab.algorithm {
        Algorithm::EdDsa => (part("x"), "302a300506032b6570032100"),
        _ => (
            [vec![4], part("x"), part("y")].concat(),
            "3059301306072a8648ce3d020106082a8648ce3d030107034200",
        ),
    };
    let prefix: Vec<u8> = (0..prefix.len())
        .step_by(2)
        .map(|place| u8::from_str_radix(&prefix[place..place + 2], 16).unwrap())
        .collect();
    let der = [prefix, raw.clone()].concat();
    let base64 = STANDARD.encode(&der);
    let lines: Vec<&str> = base64
        .as_bytes()
        .chunks(64)
        .map(|l| str::from_utf8(l).unwrap())
        .collect();
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----",
        lines.join("\n")
    );
    let with_break = format!("{pem}\n").into_bytes();
    vec![
        raw,
        der,
        pem.into_bytes(),
        with_break,
        jwk.to_string().into_bytes(),
    ]
}

#[test]
fn hs256_keyed_by_the_public_key_in_any_form() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
        let lab = Lab::new(algorithm);
        let forge = lab.forge();
        assert!(lab.accepts(&forge.again()));
        for form in public_key_forms(&lab) {
            let forged = forge.resigned(&EncodingKey::from_secret(&form), Jws::HS256);
            assert!(!lab.accepts(&forged), "{algorithm}: {forged}");
        }
    }
}

#[test]
fn a_key_of_the_ring_used_under_the_name_of_another() {
    let lab = Lab::new(Algorithm::EdDsa);
    let forge = lab.forge();
    let es256 = lab.twin_with(Algorithm::Es256);
    let es256_kid = es256.forge().header["kid"].clone();
    let twin = lab.twin();
    assert!(twin.accepts(forge.genuine()) && twin.accepts(&es256.access_token()));
    assert!(!twin.accepts(&forge.with_header("kid", es256_kid)));
}

#[test]
fn each_algorithm_name_over_each_key() {
    for name in [
        "RS384", "RS512", "PS256", "ES384", "ES512", "HS384", "HS512", "Ed25519",
    ] {
        refused(|forge| forge.with_header("alg", name));
    }
}
