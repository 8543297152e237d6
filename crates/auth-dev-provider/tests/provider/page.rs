//! What a browser gets to see.

use auth_dev_provider::{Client, Misbehaviour};

use crate::lab::{CALLBACK, CLIENT, Lab, encoded, request};

async fn page(lab: &Lab, changes: &[(&str, &str)]) -> (String, String) {
    let query = encoded(&request(changes));
    let answer = lab.get(&format!("/authorize?{query}")).await;
    assert_eq!(answer.status(), 200);
    let policy = answer.headers()["content-security-policy"].to_str();
    (policy.unwrap().to_owned(), answer.text().await.unwrap())
}

#[tokio::test]
async fn the_page_offers_everybody_and_everything() {
    let lab = Lab::new();
    let (_, html) = page(&lab, &[]).await;
    assert!(html.contains("nobody checks who you are"));
    assert!(html.contains(CLIENT));
    for person in auth_dev_provider::DevProvider::sample_people() {
        assert!(html.contains(&format!("value=\"{}\"", person.subject)));
        assert!(html.contains(&person.name().unwrap()));
    }
    assert_eq!(html.matches("class=\"badge\"").count(), 1);
    for one in Misbehaviour::ALL {
        assert!(html.contains(&format!("<option value=\"{one}\">")));
    }
    assert!(html.contains("name=\"decline\""));
}

#[tokio::test]
async fn the_form_carries_the_request() {
    let lab = Lab::new();
    let (_, html) = page(&lab, &[("max_age", "60"), ("misbehave", "deny")]).await;
    for (name, value) in request(&[("max_age", "60")]) {
        let value = value.replace('&', "&#38;");
        let field = format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">");
        assert!(html.contains(&field), "{field}");
    }
    assert!(!html.contains("name=\"misbehave\" value"));
}

#[tokio::test]
async fn what_came_from_outside_is_escaped() {
    let lab = Lab::new();
    let attack = "\"'><script>alert(1)</script>&";
    let client = Client::public(attack, [CALLBACK]);
    lab.provider.add_client(client).unwrap();
    let changes = [
        ("client_id", attack),
        ("state", attack),
        ("login_hint", attack),
        (attack, attack),
    ];
    let (_, html) = page(&lab, &changes).await;
    assert!(!html.contains("<script"));
    assert!(!html.contains("\"'>"));
    let escaped = "&#34;&#39;&#62;&#60;script&#62;alert(1)&#60;/script&#62;&#38;";
    assert!(html.matches(escaped).count() >= 5);
    let fields = request(&[("person", attack)]);
    let refused = lab.post("/authorize", &fields).await.text().await.unwrap();
    assert!(refused.contains(escaped) && !refused.contains("<script"));
}

#[tokio::test]
async fn the_page_runs_nothing_and_sends_the_form_to_the_client_only() {
    let lab = Lab::new();
    let (policy, html) = page(&lab, &[]).await;
    assert_eq!(
        policy,
        "default-src 'none'; style-src 'self'; form-action 'self' http://127.0.0.1:9; \
         frame-ancestors 'none'; base-uri 'none'"
    );
    for inline in ["<script", "<style", " style=", " onclick="] {
        assert!(!html.contains(inline));
    }
    let style = lab.get("/style.css").await;
    assert!(html.contains("href=\"/style.css\""));
    assert_eq!(style.headers()["content-type"], "text/css; charset=utf-8");
}

#[tokio::test]
async fn the_form_may_lead_to_where_the_client_sends_people_on() {
    let lab = Lab::new();
    let mut client = Client::public("app", [CALLBACK, "org.example.app:/callback"]);
    client.return_origins = vec!["http://localhost:5173".to_owned()];
    lab.provider.add_client(client).unwrap();
    let (policy, _) = page(&lab, &[("client_id", "app")]).await;
    assert!(policy.contains("form-action 'self' http://127.0.0.1:9 http://localhost:5173;"));
    let native = [
        ("client_id", "app"),
        ("redirect_uri", "org.example.app:/callback"),
    ];
    let (policy, _) = page(&lab, &native).await;
    assert!(policy.contains("form-action 'self' org.example.app: http://localhost:5173;"));
}

#[tokio::test]
async fn every_answer_keeps_to_itself() {
    let lab = Lab::new();
    let query = encoded(&request(&[]));
    for path in [
        format!("/authorize?{query}"),
        "/authorize".into(),
        "/jwks".into(),
    ] {
        let answer = lab.get(&path).await;
        let header = |name: &str| answer.headers()[name].to_str().unwrap();
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("x-content-type-options"), "nosniff");
    }
}

#[tokio::test]
async fn every_field_has_a_label() {
    let lab = Lab::new();
    let (_, html) = page(&lab, &[]).await;
    let ids: Vec<&str> = html
        .split(" id=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert_eq!(ids.len(), 7);
    for id in ids {
        assert!(html.contains(&format!("<label for=\"{id}\">")), "{id}");
    }
}
