//! The pages of operators, on the listener of the admin API.

mod late;
mod step;

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context as _, Result};
use auth_testkit::account::Person;
use auth_testkit::authenticator::Added;
use auth_testkit::process::Launch;
use auth_testkit::target::Account;
use serde_json::json;
use test_services::free_port;

use crate::browser::Browser;
use crate::case::{Visit, cases};
use crate::console::late::{
    a_download_is_of_one_search_alone, a_late_part_is_not_put_under_another_search,
};
use crate::console::step::changing_who_has_a_role_takes_the_step_once_more;
use crate::locate::{Locator, any, button, field, link, main, nav};
use crate::second_step::code;
use crate::servers::{Own, target};

cases!(
    figures_are_shown_and_looked_at_again,
    a_person_is_found_changed_and_signed_out,
    a_person_is_made_and_deleted_by_name,
    what_was_done_is_in_the_audit_trail,
    a_late_part_is_not_put_under_another_search,
    a_download_is_of_one_search_alone,
    changing_who_has_a_role_takes_the_step_once_more,
    a_key_is_made_shown_once_and_revoked,
    a_mail_that_failed_is_tried_again,
    support_sees_no_button_that_it_may_not_press,
    who_may_not_is_told_what_helps,
    every_page_of_the_console_looks_right,
);

/// A server with a console, of which nobody else knows.
pub struct Scene {
    visit: Visit,
    own: Own,
    /// Where the console is.
    origin: String,
    launch: Launch,
}

/// A dialog that is open.
pub fn in_dialog(wanted: Locator) -> Locator {
    wanted.within(&any("//dialog"))
}

/// A row of a table that says this.
fn row(words: &str) -> Locator {
    any(format!("//tr[contains(., \"{words}\")]"))
}

impl Scene {
    pub async fn start(visit: &Visit) -> Result<Self> {
        Self::start_with(visit, |launch| launch).await
    }

    /// The same with settings of its own.
    async fn start_with(visit: &Visit, settings: impl FnOnce(Launch) -> Launch) -> Result<Self> {
        let at = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
        let launch = settings(visit.site.launch()).flag("--admin-bind", at);
        Ok(Self {
            own: Own::start(launch.clone()).await?,
            origin: format!("http://localhost:{}", at.port()),
            visit: visit.clone(),
            launch,
        })
    }

    fn browser(&self) -> &Browser {
        &self.visit.browser
    }

    /// Somebody with an authenticator app and a role.
    async fn with_role(&self, name: &str, role: &str) -> Result<(Account, Added)> {
        let (account, added) = target(&self.own.origin)?.with_app(name).await?;
        let words = ["user", "role", account.person.username.as_str(), role];
        self.own.authctl(&words).await?;
        Ok((account, added))
    }

    /// Somebody else, who is signed in on two devices.
    pub async fn somebody(&self, name: &str) -> Result<Account> {
        let target = target(&self.own.origin)?;
        let account = target.signed_up(name).await?;
        let phone = target.client().await?.named("Firefox/150 (Android)");
        let person = &account.person;
        phone
            .login(&person.username, &person.password)
            .await?
            .ok()?;
        Ok(account)
    }

    async fn open(&self, path: &str) -> Result<()> {
        self.browser().open(&format!("{}{path}", self.origin)).await
    }

    /// Signs in to the console with the app.
    async fn enter(&self, path: &str, person: &Person, added: &Added) -> Result<()> {
        let browser = self.browser();
        self.open(path).await?;
        browser.sign_in(person).await?;
        browser.on("Second step").await?;
        browser.fill(&code(), &added.app.code().await?).await?;
        browser.press(&button("Sign in").within(&main())).await
    }

    /// The same as an admin.
    pub async fn enter_as_admin(&self, path: &str) -> Result<Account> {
        let (root, added) = self.with_role("root", "admin").await?;
        self.enter(path, &root.person, &added).await?;
        Ok(root)
    }

    /// Finds somebody by how their name begins, and opens their page.
    async fn finds(&self, person: &Person) -> Result<()> {
        let browser = self.browser();
        browser.on("People").await?;
        let search = field("Username or e-mail begins with");
        browser.fill(&search, &person.username[..5]).await?;
        browser.press(&button("Look")).await?;
        browser.press(&link(&person.username)).await?;
        browser.on(&format!("@{}", person.username)).await
    }
}

async fn figures_are_shown_and_looked_at_again(visit: Visit) -> Result<()> {
    let scene = Scene::start(&visit).await?;
    let browser = scene.browser();
    scene.enter_as_admin("/").await?;
    browser.on("Overview").await?;
    browser.reads("All parts do well.").await?;
    browser.reads("since its start").await?;
    browser.counts(&row("this one"), 1).await?;
    let failed = any("//tr[th[normalize-space()=\"Failed\"]]/td[2]");
    assert_eq!(browser.text(&failed).await?, "0");
    let stranger = target(&scene.own.origin)?.client().await?;
    stranger.login("nobody", "no password").await?.is(401)?;
    // Without a word of whoever looks.
    let counted = any("//tr[th[normalize-space()=\"Failed\"]]/td[2][normalize-space()=\"1\"]");
    browser.sees(&counted).await.map(drop)
}

async fn a_person_is_found_changed_and_signed_out(visit: Visit) -> Result<()> {
    let scene = Scene::start(&visit).await?;
    let browser = scene.browser();
    let ada = scene.somebody("ada").await?;
    scene.enter_as_admin("/people").await?;
    scene.finds(&ada.person).await?;

    let device = button("Sign out Firefox on Android");
    browser.press(&device).await?;
    browser.misses(&device).await?;
    browser.press(&button("Disable").within(&main())).await?;
    browser.press(&in_dialog(button("Disable"))).await?;
    browser.reads("The account is disabled.").await?;
    browser.reads("Signed in nowhere.").await?;
    ada.client.profile().await?.unauthenticated()?;
    browser.press(&button("Enable")).await?;
    browser.reads("The account is enabled.").await?;

    browser.press(&any("//summary")).await?;
    browser.fill(&field("First name"), "Augusta").await?;
    browser.press(&button("Save")).await?;
    browser.reads("The account is saved.").await?;
    browser.reads("Augusta").await?;
    browser.press(&button("Change role")).await?;
    browser
        .press(&any("//dialog//option[@value=\"support\"]"))
        .await?;
    browser.press(&in_dialog(button("Save"))).await?;
    browser.reads("The role is changed.").await?;
    browser.press(&button("Export")).await?;
    browser.reads("All that is kept is in the file.").await
}

async fn a_person_is_made_and_deleted_by_name(visit: Visit) -> Result<()> {
    let scene = Scene::start(&visit).await?;
    let browser = scene.browser();
    scene.enter_as_admin("/people").await?;
    browser.on("People").await?;
    browser.press(&button("Create an account")).await?;
    for (label, value) in [
        ("First name", "Grace"),
        ("Username", "grace"),
        ("E-mail", "grace@example.org"),
    ] {
        browser.fill(&in_dialog(field(label)), value).await?;
    }
    browser.press(&in_dialog(button("Create it"))).await?;
    browser.on("@grace").await?;
    browser.press(&button("Delete").within(&main())).await?;
    let name = in_dialog(field("Type grace to confirm"));
    browser.fill(&name, "grac").await?;
    browser.press(&in_dialog(button("Delete"))).await?;
    browser
        .sees(&any("//dialog//*[.=\"This is not the username.\"]"))
        .await?;
    browser.fill(&name, "grace").await?;
    browser.press(&in_dialog(button("Delete"))).await?;
    browser.on("People").await?;
    browser.misses(&link("grace")).await
}

async fn what_was_done_is_in_the_audit_trail(visit: Visit) -> Result<()> {
    let scene = Scene::start(&visit).await?;
    let browser = scene.browser();
    let ada = scene.somebody("ada").await?;
    scene.enter_as_admin("/people").await?;
    scene.finds(&ada.person).await?;
    browser.press(&button("Unlock")).await?;
    browser.reads("Failed sign-ins are forgotten.").await?;
    browser.go("Audit trail", "Audit trail").await?;
    browser.reads("Failed sign-ins forgotten").await?;
    browser
        .fill(&field("Event"), "admin_account_unlocked")
        .await?;
    browser.press(&button("Look")).await?;
    browser.counts(&any("//main//tbody/tr"), 1).await?;
    browser.press(&button("Download")).await?;
    browser.reads("1 line is in the file.").await?;
    // The address of the page says what is looked for.
    browser.reload().await?;
    browser.on("Audit trail").await?;
    browser.counts(&any("//main//tbody/tr"), 1).await
}

async fn a_key_is_made_shown_once_and_revoked(visit: Visit) -> Result<()> {
    let scene = Scene::start(&visit).await?;
    let browser = scene.browser();
    scene.enter_as_admin("/keys").await?;
    browser.on("Keys").await?;
    let signing = match visit.site.is_bearer() {
        true => "signs",
        false => "This server issues no signed tokens.",
    };
    browser.reads(signing).await?;
    browser.press(&button("Create an API key")).await?;
    browser.fill(&field("Name"), "backup").await?;
    browser.press(&field("users:read")).await?;
    browser.press(&button("Create it")).await?;
    let key = browser.text(&any("//main//code[@class=\"key\"]")).await?;
    let ask = async || {
        let asked = reqwest::Client::new()
            .get(format!("{}/api/admin/users", scene.origin))
            .bearer_auth(&key);
        anyhow::Ok(asked.send().await?.status().as_u16())
    };
    assert_eq!(ask().await?, 200);
    browser.press(&button("I have kept it")).await?;
    browser.misses(&any("//main//code[@class=\"key\"]")).await?;
    browser.press(&button("Revoke backup")).await?;
    browser.press(&in_dialog(button("Revoke"))).await?;
    browser.reads("There is no key.").await?;
    assert_eq!(ask().await?, 401);
    Ok(())
}

async fn a_mail_that_failed_is_tried_again(visit: Visit) -> Result<()> {
    let mut scene = Scene::start(&visit).await?;
    let ada = scene.somebody("ada").await?;
    let (root, added) = scene.with_role("root", "admin").await?;
    // Nobody takes mail there.
    let nowhere = format!("smtp://127.0.0.1:{}", free_port()?);
    let launch = scene.launch.clone().flag("--mail", nowhere);
    let launch = launch.flag("--mail-retry", "10m");
    scene.own.replace(launch).await?;
    let client = target(&scene.own.origin)?.client().await?;
    let forgotten = json!({ "email": ada.person.email });
    client.post("/password/forgot", &forgotten).await?;
    let browser = scene.browser();
    scene.enter("/mails", &root.person, &added).await?;
    browser.on("Mail queue").await?;
    let retry = button("Try now, to");
    for _ in 0..100 {
        if browser.glimpse(&retry).await?.is_some() {
            break;
        }
        browser.press(&button("Look again")).await?;
    }
    browser.press(&retry).await?;
    browser.reads("It is tried now.").await?;
    let twice = any("//tr[contains(., \"Link for a new password\")]//*[normalize-space()=\"2\"]");
    for _ in 0..100 {
        if browser.glimpse(&twice).await?.is_some() {
            break;
        }
        browser.press(&button("Look again")).await?;
    }
    browser.sees(&twice).await?;
    browser.press(&button("Try all that failed")).await?;
    browser.reads("1 mail is tried now.").await
}

async fn support_sees_no_button_that_it_may_not_press(visit: Visit) -> Result<()> {
    let scene = Scene::start(&visit).await?;
    let browser = scene.browser();
    let ada = scene.somebody("ada").await?;
    let (help, added) = scene.with_role("help", "support").await?;
    scene.enter("/people", &help.person, &added).await?;
    scene.finds(&ada.person).await?;
    browser.sees(&button("Unlock")).await?;
    browser
        .sees(&button("Send a link for a new password"))
        .await?;
    for forbidden in [
        "Sign out everywhere",
        "Change role",
        "Export",
        "Disable",
        "Delete",
        "Save",
        "Require a second step",
        "Sign out Firefox on Android",
    ] {
        browser.misses(&button(forbidden).within(&main())).await?;
    }
    browser.go("Mail queue", "Mail queue").await?;
    browser.misses(&button("Try all that failed")).await?;
    browser.go("Keys", "Keys").await?;
    browser.misses(&button("Create an API key")).await
}

async fn who_may_not_is_told_what_helps(visit: Visit) -> Result<()> {
    let scene = Scene::start(&visit).await?;
    let browser = scene.browser();
    let ada = scene.somebody("ada").await?;
    browser.expect(403, "/api/admin/me");
    scene.open("/").await?;
    browser.sign_in(&ada.person).await?;
    browser.on("You have no role here").await?;
    browser.reads("authctl user role").await?;
    browser.misses(&link("People").within(&nav())).await?;
    let name = ada.person.username.as_str();
    scene
        .own
        .authctl(&["user", "role", name, "support"])
        .await?;
    browser.reload().await?;
    browser.on("This takes a second step").await?;
    visit.looks_right("console-no-factor").await?;
    visit.adds_an_app_here().await?;
    browser.press(&button("Go on")).await?;
    browser.on("Overview").await
}

impl Visit {
    /// Adds an authenticator app where the page says that one is needed.
    async fn adds_an_app_here(&self) -> Result<()> {
        let browser = &self.browser;
        browser.press(&button("Add an authenticator app")).await?;
        // What adds a factor may ask for the password first.
        let password = in_dialog(field("Current password"));
        if browser.glimpse(&password).await?.is_some() {
            anyhow::bail!("a fresh sign-in is asked for the password");
        }
        let key = browser.text(&any("//code[@class=\"key\"]")).await?;
        let mut app = crate::app::App::with_key(&key)?;
        let shown = field("Code that the app shows");
        browser.fill(&shown, &app.code().await?).await?;
        browser.press(&button("Add this app")).await?;
        browser.press(&button("I have kept them")).await
    }
}

async fn every_page_of_the_console_looks_right(visit: Visit) -> Result<()> {
    let scene = Scene::start(&visit).await?;
    let browser = scene.browser();
    let ada = scene.somebody("ada").await?;
    scene.open("/").await?;
    browser.on("Sign in").await?;
    visit.looks_right("console-sign-in").await?;
    let root = scene.enter_as_admin("/").await?;
    browser.on("Overview").await?;
    visit.looks_right("console-overview").await?;
    browser.go("People", "People").await?;
    visit.looks_right("console-people").await?;
    scene.finds(&ada.person).await?;
    visit.looks_right("console-person").await?;
    browser.press(&button("Delete").within(&main())).await?;
    browser.sees(&in_dialog(button("Delete"))).await?;
    visit.looks_right("console-delete").await?;
    browser.press(&in_dialog(button("Close"))).await?;
    browser.go("Audit trail", "Audit trail").await?;
    visit.looks_right("console-audit").await?;
    browser.go("Keys", "Keys").await?;
    browser.press(&button("Create an API key")).await?;
    visit.looks_right("console-keys").await?;
    browser.go("Mail queue", "Mail queue").await?;
    visit.looks_right("console-mails").await?;
    root.id.get(..8).context("no id").map(drop)
}
