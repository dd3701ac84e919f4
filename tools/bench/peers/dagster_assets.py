"""A job of three assets that do nothing, for what Dagster takes for itself."""

import dagster


@dagster.asset
def device_last_updates() -> None:
    """Loads nothing."""


@dagster.asset
def thermostat_hierarchy() -> None:
    """Loads nothing."""


@dagster.asset
def daily_aggregates() -> None:
    """Loads nothing."""


definitions = dagster.Definitions(
    assets=[device_last_updates, thermostat_hierarchy, daily_aggregates],
    jobs=[dagster.define_asset_job("three_assets", selection="*")],
)
