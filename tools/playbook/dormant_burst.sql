-- meaning: an account that slept and then woke
-- fact: activity.dormant_days count days : longest time without a deposit, withdrawal or p2p order in the year before the last 7 days
-- fact: activity.burst_ratio number : volume of the last 7 days over the mean week of the year before; 0 where it has none
-- label: activity.dormant_days : the longest time without activity
-- label: activity.burst_ratio : this week's volume over the usual week's
-- unknown: activity.burst_ratio : the account has no volume, or less than a week, before the last 7 days to hold theirs against
WITH moves AS (
  SELECT "at", amount_usd FROM deposits WHERE customer_id = :customer_id
  UNION ALL
  SELECT "at", amount_usd FROM withdrawals WHERE customer_id = :customer_id AND status IS DISTINCT FROM 'cancelled'
), bounds AS (
  SELECT
    GREATEST(created_at, CAST(:as_of AS TIMESTAMP) - INTERVAL '372' DAY) AS since,
    CAST(:as_of AS TIMESTAMP) - INTERVAL '7' DAY AS week_ago,
    CAST(:as_of AS TIMESTAMP) AS until
  FROM customers WHERE customer_id = :customer_id
), stirrings AS (
  SELECT "at" FROM moves
  UNION ALL
  SELECT "at" FROM p2p_orders WHERE buyer_id = :customer_id OR seller_id = :customer_id
  UNION ALL
  SELECT since FROM bounds
  UNION ALL
  SELECT week_ago FROM bounds
), gaps AS (
  SELECT DATE_DIFF('second', s."at", LEAD(s."at") OVER (ORDER BY s."at")) AS seconds
  FROM stirrings AS s CROSS JOIN bounds AS b
  WHERE s."at" BETWEEN b.since AND b.week_ago
), volumes AS (
  SELECT
    COALESCE(SUM(CASE WHEN m."at" > b.week_ago THEN m.amount_usd END), 0) AS burst,
    COALESCE(SUM(CASE WHEN m."at" <= b.week_ago THEN m.amount_usd END), 0) AS before
  FROM bounds AS b
  LEFT JOIN moves AS m ON m."at" > b.since AND m."at" <= b.until
)
SELECT
  (SELECT CAST(FLOOR(COALESCE(MAX(seconds), 0) / 86400.0) AS BIGINT) FROM gaps) AS "activity.dormant_days",
  CASE
    WHEN v.burst = 0 THEN 0
    WHEN v.before > 0 AND b.since <= b.week_ago - INTERVAL '7' DAY
    THEN v.burst / (v.before * 604800.0 / DATE_DIFF('second', b.since, b.week_ago))
  END AS "activity.burst_ratio"
FROM volumes AS v CROSS JOIN bounds AS b;
