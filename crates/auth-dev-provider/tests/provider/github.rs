//! GitHub's dialect.

use auth_dev_provider::Misbehaviour;
use reqwest::Response;
use serde_json::{Value, json};

use crate::lab::{CALLBACK, CLIENT, Callback, Field, Lab, SECRET, VERIFIER, form, request};

const AUTHORIZE: &str = "/login/oauth/authorize";

fn github_request<'a>(changes: &[Field<'a>]) -> Vec<Field<'a>> {
    let mut fields = vec![
        ("response_type", ""),
        ("nonce", ""),
        ("scope", "read:user user:email"),
    ];
    fields.retain(|(name, _)| !changes.iter().any(|change| change.0 == *name));
    fields.extend(changes);
    request(&fields)
}

async fn code(lab: &Lab, changes: &[Field<'_>]) -> String {
    let mut fields = github_request(changes);
    fields.push(("person", "sample-tomasz"));
    let callback = Callback::of(&lab.post(AUTHORIZE, &fields).await);
    assert_eq!(callback.get("iss"), None);
    assert_eq!(callback.get("state").as_deref(), Some("the state"));
    callback.get("code").unwrap()
}

async fn exchange(lab: &Lab, code: &str, secret: &str) -> Response {
    let request = lab.http.post(lab.url("/login/oauth/access_token"));
    let fields = [
        ("client_id", CLIENT),
        ("client_secret", secret),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    form(request.header("accept", "application/json"), &fields)
        .send()
        .await
        .unwrap()
}

async fn sign_in(lab: &Lab, changes: &[Field<'_>]) -> Value {
    let code = code(lab, changes).await;
    let answer = exchange(lab, &code, SECRET).await;
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

#[tokio::test]
async fn a_sign_in_ends_with_the_account_and_its_addresses() {
    let lab = Lab::new();
    let tokens = sign_in(&lab, &[]).await;
    assert_eq!(tokens["token_type"], "bearer");
    assert_eq!(tokens["scope"], "read:user,user:email");
    let user: Value = lab.with_token("/user", &tokens).await.json().await.unwrap();
    assert_eq!(user["login"], "tomasz");
    assert_eq!(user["name"], "Tomasz Wójcik");
    assert_eq!(user["email"], Value::Null);
    assert!(user["id"].is_u64());
    let emails = lab.with_token("/user/emails", &tokens).await;
    let emails: Value = emails.json().await.unwrap();
    assert_eq!(emails[0]["primary"], false);
    let primary = json!({
        "email": "tomasz@example.com", "primary": true, "verified": false,
        "visibility": "private",
    });
    assert_eq!(emails[1], primary);
}

#[tokio::test]
async fn its_page_posts_to_the_same_place() {
    let lab = Lab::new();
    let query = crate::lab::encoded(&github_request(&[]));
    let page = lab.get(&format!("{AUTHORIZE}?{query}")).await;
    assert_eq!(page.status(), 200);
    let html = page.text().await.unwrap();
    assert!(html.contains(&format!("action=\"{AUTHORIZE}\"")));
}

#[tokio::test]
async fn errors_have_the_status_200() {
    let lab = Lab::new();
    let good = code(&lab, &[]).await;
    let attempts = [
        ("unknown", SECRET, "bad_verification_code"),
        (&good, "wrong", "incorrect_client_credentials"),
    ];
    for (code, secret, error) in attempts {
        let answer = exchange(&lab, code, secret).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.json::<Value>().await.unwrap()["error"], error);
    }
}

#[tokio::test]
async fn the_answer_is_a_form_unless_json_is_asked_for() {
    let lab = Lab::new();
    let answer = lab.post("/login/oauth/access_token", &[]).await;
    assert_eq!(answer.status(), 200);
    let text = answer.text().await.unwrap();
    assert!(text.starts_with("error=incorrect_client_credentials&"));
}

#[tokio::test]
async fn the_addresses_need_their_scope() {
    let lab = Lab::new();
    let tokens = sign_in(&lab, &[("scope", "read:user")]).await;
    assert_eq!(lab.with_token("/user/emails", &tokens).await.status(), 404);
    assert_eq!(lab.with_token("/user", &tokens).await.status(), 200);
}

#[tokio::test]
async fn the_api_wants_a_token_and_a_user_agent() {
    let lab = Lab::new();
    let tokens = sign_in(&lab, &[]).await;
    let token = tokens["access_token"].as_str().unwrap();
    let nameless = lab.http.get(lab.url("/user")).bearer_auth(token);
    assert_eq!(nameless.send().await.unwrap().status(), 403);
    let stranger = lab.http.get(lab.url("/user")).header("user-agent", "lab");
    assert_eq!(stranger.send().await.unwrap().status(), 401);
    let unknown = json!({"access_token": "unknown"});
    assert_eq!(lab.with_token("/user", &unknown).await.status(), 401);
}

#[tokio::test]
async fn it_misbehaves_too() {
    let lab = Lab::new();
    let so = |one: Misbehaviour| [("misbehave", one.as_str())];
    let tokens = sign_in(&lab, &so(Misbehaviour::UserinfoFails)).await;
    assert_eq!(lab.with_token("/user", &tokens).await.status(), 500);
    let tokens = sign_in(&lab, &so(Misbehaviour::NoEmail)).await;
    let emails = lab.with_token("/user/emails", &tokens).await;
    assert_eq!(emails.json::<Vec<Value>>().await.unwrap().len(), 1);
    let code = code(&lab, &so(Misbehaviour::FailingToken)).await;
    assert_eq!(exchange(&lab, &code, SECRET).await.status(), 500);
}
