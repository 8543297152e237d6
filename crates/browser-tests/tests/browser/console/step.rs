//! What takes the second step once more.

use anyhow::Result;

use crate::case::Visit;
use crate::console::{Scene, in_dialog};
use crate::locate::{button, field, main};
use crate::sensitive::{FRESH, grows_old};

pub async fn changing_who_has_a_role_takes_the_step_once_more(visit: Visit) -> Result<()> {
    let fresh = format!("{}s", FRESH.as_secs());
    let scene = Scene::start_with(&visit, |launch| launch.flag("--reauth-within", fresh)).await?;
    let browser = scene.browser();
    let (help, _) = scene.with_role("help", "support").await?;
    let (root, added) = scene.with_role("root", "admin").await?;
    scene.enter("/people", &root.person, &added).await?;
    scene.finds(&help.person).await?;
    grows_old().await;

    browser.expect(403, "/api/admin/users/");
    browser.press(&button("Disable").within(&main())).await?;
    browser.press(&in_dialog(button("Disable"))).await?;
    let code = in_dialog(field("Code of your authenticator app"));
    browser.fill(&code, &added.app.code().await?).await?;
    browser.press(&in_dialog(button("Go on"))).await?;
    browser.reads("The account is disabled.").await
}
