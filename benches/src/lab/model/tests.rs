use super::*;

fn costs(stores: &[(&str, f64)]) -> Costs {
    Costs {
        server: 50e-6,
        store: stores.iter().map(|(_, seconds)| seconds).sum(),
        stores: stores
            .iter()
            .map(|(name, seconds)| ((*name).into(), *seconds))
            .collect(),
        client: 20e-6,
        round_trips: 2.0,
    }
}

fn close(left: f64, right: f64) -> bool {
    (left / right - 1.0).abs() < 1e-9
}

#[test]
fn a_shared_machine_is_bound_by_its_cores() {
    let costs = costs(&[("redis", 30e-6)]);
    assert!((costs.shared_rate(2.0, 64, 0.0) / (2.0 / 100e-6) - 1.0).abs() < 0.01);
    assert!(close(costs.shared_rate(2.0, 1, 0.0), 1.0 / 100e-6));
}

#[test]
fn far_stores_bind_waiting_users() {
    let costs = costs(&[("redis", 30e-6)]);
    assert!(close(
        costs.shared_rate(2.0, 1, 5e-3),
        1.0 / (100e-6 + 10e-3)
    ));
    let ten = costs.shared_rate(2.0, 10, 5e-3) / (10.0 / (100e-6 + 10e-3));
    assert!((0.99..1.0).contains(&ten), "{ten}");
}

#[test]
fn between_the_bounds_users_queue() {
    // By hand: one core, 1 s of work, 1 s of delay, two users. The second finds half a person
    // in the queue on average: 1.5 s there, 2.5 s in all.
    let costs = Costs {
        server: 1.0,
        store: 0.0,
        stores: BTreeMap::new(),
        client: 0.0,
        round_trips: 1.0,
    };
    assert!(close(costs.shared_rate(1.0, 1, 1.0), 0.5));
    assert!(close(costs.shared_rate(1.0, 2, 1.0), 2.0 / 2.5));
}

#[test]
fn nodes_add_up_until_the_store_saturates() {
    let (costs, plan) = (costs(&[("redis", 10e-6)]), Plan::default());
    let (one, many) = (costs.predict(&plan, 1), costs.predict(&plan, 64));
    assert_eq!(one.limit, Limit::Servers);
    assert!(close(one.rate, 0.7 * 4.0 / 50e-6));
    assert_eq!(many.limit, Limit::Store("redis".into()));
    assert!(close(many.rate, 0.7 / 10e-6));
    assert!(close(costs.saturating_nodes(&plan).unwrap(), 1.25));
}

#[test]
fn the_store_with_the_lowest_ceiling_counts() {
    let plan = Plan::default();
    let (ceiling, store) = (1.0 / 10e-6, "redis");
    let both = costs(&[("redis", 10e-6), ("postgres", 40e-6)]);
    assert_eq!(both.store_ceiling(&plan), Some((ceiling, store)));
    let heavier = costs(&[("redis", 10e-6), ("postgres", 160e-6)]);
    assert_eq!(heavier.store_ceiling(&plan).unwrap().1, "postgres");
}

#[test]
fn without_a_store_nothing_saturates_but_servers() {
    let (costs, plan) = (costs(&[("redis", 0.0)]), Plan::default());
    assert_eq!(costs.saturating_nodes(&plan), None);
    assert_eq!(costs.predict(&plan, 1_000).limit, Limit::Servers);
}

#[test]
fn idle_nodes_behind_a_full_store_cost_all_the_same() {
    let (costs, plan) = (costs(&[("redis", 10e-6)]), Plan::default());
    let (few, many) = (costs.predict(&plan, 8), costs.predict(&plan, 64));
    assert!(close(many.price_per_million, 8.0 * few.price_per_million));
    assert!(close(
        few.node_hours_per_million,
        8.0 / (0.7 / 10e-6) * 1e6 / 3_600.0
    ));
}

#[test]
fn errors_have_the_sign_of_the_prediction() {
    let check = Check {
        nodes: 1,
        store_rtt_us: 0,
        users: 32,
        is_base: false,
        predicted: 110.0,
        by_own_costs: 90.0,
        measured: 100.0,
    };
    assert!(close(check.error(), 0.1));
    assert!(close(check.own_error(), -0.1));
}
