use auth_bench::lab::model::{Limit, Plan, forecasts};

use crate::sample::{Plain, full, record};

#[test]
fn every_strategy_on_a_shared_store_has_a_forecast_beside_its_measurements() {
    let forecasts = forecasts(&full(), &Plan::default());
    assert_eq!(forecasts.len(), 4);
    for forecast in &forecasts {
        let nodes: Vec<u32> = forecast
            .predictions
            .iter()
            .map(|found| found.nodes)
            .collect();
        assert_eq!(nodes, [1, 2, 8, 64]);
        let near = forecast
            .checks
            .iter()
            .filter(|check| check.store_rtt_us == 0);
        let measured: Vec<u32> = near.map(|check| check.nodes).collect();
        assert_eq!(measured, [1, 2, 3]);
    }
}

#[test]
fn stores_that_nodes_cannot_share_have_none() {
    let on = |store| {
        Plain {
            store,
            ..Plain::read("session", 9_000.0)
        }
        .cell()
    };
    let found = forecasts(&record(vec![on("memory"), on("sqlite")]), &Plan::default());
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn processor_time_that_was_not_measured_makes_no_forecast() {
    let mut cell = Plain::read("session", 9_000.0).cell();
    cell.runs
        .iter_mut()
        .for_each(|run| run.server_cpu_s_per_1000 = None);
    assert!(forecasts(&record(vec![cell]), &Plan::default()).is_empty());
}

#[test]
fn the_store_that_costs_most_of_its_cores_saturates_first() {
    let found = forecasts(&full(), &Plan::default());
    let session = found
        .iter()
        .find(|found| found.name == "session on redis")
        .unwrap();
    // 10 µs of the one core of Redis against 20 µs of eight cores.
    assert_eq!(session.predictions[3].limit, Limit::Store("redis".into()));
    assert!((session.predictions[3].rate / (0.7 / 10e-6) - 1.0).abs() < 0.02);
}
