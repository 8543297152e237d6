//! Data of one's own beside the accounts, with diesel, in the same SQLite file: a table that
//! refers to `users`, migrations of its own, and routes behind the cross-site rule.

use actix_web::error::ErrorInternalServerError;
use actix_web::web::{self, Json};
use actix_web::{App, Error, HttpServer, delete, get, post};
use comprehensive_auth::{Auth, CurrentUser, RecentlyAuthenticated, Signed};
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};
use serde::{Deserialize, Serialize};

use schema::orders;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("examples/orders/migrations");

const DATABASE: &str = "shop.db";

/// Of the host's own table.
mod schema {
    diesel::table! {
        orders (id) {
            id -> Integer,
            user_id -> Text,
            article -> Text,
        }
    }
}

#[derive(Queryable, Selectable, Serialize)]
#[diesel(table_name = orders)]
struct Order {
    id: i32,
    article: String,
}

#[derive(Deserialize)]
struct NewOrder {
    article: String,
}

/// One connection a call is enough for an example; a shop would keep a pool.
fn connect() -> Result<SqliteConnection, Box<dyn std::error::Error + Send + Sync>> {
    let mut conn = SqliteConnection::establish(DATABASE)?;
    diesel::sql_query("PRAGMA foreign_keys = ON").execute(&mut conn)?;
    diesel::sql_query("PRAGMA busy_timeout = 5000").execute(&mut conn)?;
    Ok(conn)
}

/// Diesel waits for the database, so it does that on a thread for waiting.
async fn with_database<T: Send + 'static>(
    work: impl FnOnce(&mut SqliteConnection) -> QueryResult<T> + Send + 'static,
) -> Result<T, Error> {
    let done = web::block(move || {
        let mut conn = connect()?;
        Ok::<T, Box<dyn std::error::Error + Send + Sync>>(work(&mut conn)?)
    });
    done.await?.map_err(ErrorInternalServerError)
}

#[get("")]
async fn list(user: CurrentUser) -> Result<Json<Vec<Order>>, Error> {
    let of_user = orders::table.filter(orders::user_id.eq(user.id.to_string()));
    let mine = with_database(|conn| of_user.select(Order::as_select()).load(conn));
    Ok(Json(mine.await?))
}

/// With a body, [`Signed`] authenticates after the body has arrived.
#[post("")]
async fn place(Signed(user, Json(new)): Signed<Json<NewOrder>>) -> Result<Json<Order>, Error> {
    let order = (
        orders::user_id.eq(user.id.to_string()),
        orders::article.eq(new.article),
    );
    let insert = diesel::insert_into(orders::table).values(order);
    let placed = with_database(|conn| insert.returning(Order::as_returning()).get_result(conn));
    Ok(Json(placed.await?))
}

/// All orders go at once, so whoever asks has signed in a short while ago.
#[delete("")]
async fn cancel_all(user: RecentlyAuthenticated) -> Result<String, Error> {
    let of_user = orders::table.filter(orders::user_id.eq(user.id.to_string()));
    let gone = with_database(|conn| diesel::delete(of_user).execute(conn)).await?;
    Ok(format!("{gone} cancelled"))
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let at = std::env::args().nth(1).unwrap_or("localhost:8080".into());
    // First, since the table of orders refers to that of users.
    let auth = Auth::builder()
        .database(&format!("sqlite:{DATABASE}"))
        .service_name("The shop")
        .public_url(format!("http://{at}"))
        .build()
        .await?;
    let pending = connect().and_then(|mut conn| conn.run_pending_migrations(MIGRATIONS).map(drop));
    pending.map_err(|error| error.to_string())?;
    let app = move || {
        let orders = web::scope("/orders")
            .wrap(auth.guard())
            .service(list)
            .service(place)
            .service(cancel_all);
        App::new()
            .configure(auth.routes("/api/auth"))
            .service(orders)
    };
    Ok(HttpServer::new(app).bind(at)?.run().await?)
}
