//! Listing accounts page by page.

use super::account;
use crate::backend::World;

pub async fn accounts_are_listed_in_order_of_creation_page_by_page(world: World) {
    let mut ids = vec![];
    for n in 0..7 {
        // Neither names nor addresses are in that order.
        let word = format!("user{}", (n * 5) % 7);
        let new = account(&word, &format!("{word}@example.org"));
        ids.push(world.made(&new).await.id);
    }
    let (mut seen, mut after) = (vec![], None);
    for size in [3, 3, 1, 0] {
        let page = world.users().list(after, 3).await.unwrap();
        assert_eq!(page.len(), size);
        seen.extend(page.iter().map(|user| user.id));
        after = seen.last().copied();
    }
    assert_eq!(seen, ids);
}

pub async fn an_empty_store_lists_nobody(world: World) {
    assert!(world.users().list(None, 10).await.unwrap().is_empty());
}
