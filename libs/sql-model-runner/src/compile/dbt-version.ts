/** Version of dbt whose behaviour the templates may count on. */
export const DBT_VERSION = '1.11.0';
