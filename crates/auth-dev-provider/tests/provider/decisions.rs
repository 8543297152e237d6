//! Who can be chosen, and requests that are refused.

use auth_dev_provider::Client;

use crate::lab::{CALLBACK, CHALLENGE, Callback, Jwt, Lab, encoded, request};

#[tokio::test]
async fn somebody_else_arrives_as_described() {
    let lab = Lab::new();
    let fields = [
        ("subject", "s-1"),
        ("email", "ada@example.org"),
        ("email_verified", "true"),
        ("given_name", "Ada"),
        ("preferred_username", "ada"),
    ];
    let told = lab.userinfo(&lab.sign_in(&fields).await).await;
    assert_eq!(told["sub"], "s-1");
    assert_eq!(told["email"], "ada@example.org");
    assert_eq!(told["email_verified"], true);
    assert_eq!(told["name"], "Ada");
    assert_eq!(told.get("family_name"), None);
}

#[tokio::test]
async fn an_address_alone_is_always_the_same_person() {
    let lab = Lab::new();
    let mut subjects = vec![];
    for email in ["a@example.org", "a@example.org", "b@example.org"] {
        let token = Jwt::of(&lab.sign_in(&[("email", email)]).await);
        assert_eq!(token.claims["email_verified"], false);
        subjects.push(token.claims["sub"].clone());
    }
    assert_eq!(subjects[0], subjects[1]);
    assert_ne!(subjects[0], subjects[2]);
}

#[tokio::test]
async fn a_decision_that_means_nothing_is_refused_on_a_page() {
    let lab = Lab::new();
    let decisions = [
        vec![],
        vec![("person", "nobody")],
        vec![("person", "sample-eleni"), ("misbehave", "be_nice")],
    ];
    for decision in decisions {
        let answer = lab.post("/authorize", &request(&decision)).await;
        assert_eq!(answer.status(), 400);
        assert!(answer.headers().get("location").is_none());
    }
}

#[tokio::test]
async fn declining_is_an_answer_to_the_client() {
    let lab = Lab::new();
    for decline in [("decline", "true"), ("misbehave", "deny")] {
        let callback = lab.decide(&[("person", "sample-eleni"), decline]).await;
        assert_eq!(callback.get("error").as_deref(), Some("access_denied"));
        assert_eq!(callback.get("state").as_deref(), Some("the state"));
        assert_eq!(callback.get("iss").as_deref(), Some(lab.provider.issuer()));
        assert_eq!(callback.get("code"), None);
    }
}

#[tokio::test]
async fn a_wrong_client_or_redirect_uri_is_told_on_a_page_that_leads_nowhere() {
    let lab = Lab::new();
    let doubled = format!("{}&client_id=other", encoded(&request(&[])));
    let queries = [
        encoded(&request(&[("client_id", "unknown")])),
        encoded(&request(&[("client_id", "")])),
        encoded(&request(&[("redirect_uri", "https://evil.example/")])),
        encoded(&request(&[("redirect_uri", "http://127.0.0.1:9/callback")])),
        encoded(&request(&[("redirect_uri", "")])),
        doubled,
    ];
    for query in queries {
        let shown = lab.get(&format!("/authorize?{query}")).await;
        assert_eq!(shown.status(), 400);
        assert!(shown.headers().get("location").is_none());
        let sent = format!("{query}&person=sample-eleni");
        let sent = lab.http.post(lab.url("/authorize")).body(sent);
        let sent = sent.send().await.unwrap();
        assert_eq!(sent.status(), 400);
        assert!(sent.headers().get("location").is_none());
    }
}

#[tokio::test]
async fn other_mistakes_are_told_to_the_client_before_and_after_the_page() {
    let lab = Lab::new();
    let mistakes = [
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "", "invalid_request"),
        ("response_mode", "fragment", "invalid_request"),
        ("prompt", "none", "login_required"),
        ("prompt", "none login", "invalid_request"),
        ("max_age", "soon", "invalid_request"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge", "short", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge_method", "", "invalid_request"),
        ("request", "a.b.c", "request_not_supported"),
        ("request_uri", "urn:a", "request_uri_not_supported"),
    ];
    for (name, value, error) in mistakes {
        let mut fields = request(&[(name, value)]);
        let shown = lab.get(&format!("/authorize?{}", encoded(&fields))).await;
        assert_eq!(Callback::of(&shown).get("error").as_deref(), Some(error));
        fields.push(("person", "sample-eleni"));
        let sent = Callback::of(&lab.post("/authorize", &fields).await);
        assert_eq!(sent.get("error").as_deref(), Some(error));
        assert_eq!(sent.get("state").as_deref(), Some("the state"));
        assert_eq!(sent.get("code"), None);
    }
}

#[tokio::test]
async fn a_repeated_parameter_is_refused() {
    let lab = Lab::new();
    let query = format!("{}&nonce=another", encoded(&request(&[])));
    let shown = lab.get(&format!("/authorize?{query}")).await;
    let error = Callback::of(&shown).get("error");
    assert_eq!(error.as_deref(), Some("invalid_request"));
}

#[tokio::test]
async fn whoever_must_sign_in_anew_is_asked() {
    let lab = Lab::new();
    for change in [("prompt", "login"), ("max_age", "0")] {
        let query = encoded(&request(&[change]));
        assert_eq!(lab.get(&format!("/authorize?{query}")).await.status(), 200);
        let token = Jwt::of(&lab.sign_in(&[change]).await);
        assert!((-5..=0).contains(&token.seconds_ahead("auth_time")));
    }
}

#[tokio::test]
async fn a_client_can_come_later() {
    let lab = Lab::new();
    let late = [
        ("client_id", "late"),
        ("person", "sample-eleni"),
        ("code_challenge", CHALLENGE),
    ];
    let refused = lab.post("/authorize", &request(&late)).await;
    assert_eq!(refused.status(), 400);
    let client = Client::public("late", [CALLBACK]);
    lab.provider.add_client(client).unwrap();
    assert!(lab.decide(&late).await.get("code").is_some());
}
