-- meaning: how much money moved in the last 24 hours
-- fact: activity.deposits_24h count : deposits in the 24 hours before the flag
-- fact: activity.withdrawals_24h count : withdrawals in the 24 hours before the flag, cancelled ones left out
-- fact: activity.deposited_usd_24h number USD : value of those deposits
-- fact: activity.withdrawn_usd_24h number USD : value of those withdrawals
-- label: activity.deposits_24h : deposits on the last day
-- label: activity.withdrawals_24h : withdrawals on the last day
-- label: activity.deposited_usd_24h : value deposited on the last day
-- label: activity.withdrawn_usd_24h : value withdrawn on the last day
WITH incoming AS (
  SELECT COUNT(*) AS n, COALESCE(SUM(amount_usd), 0) AS usd
  FROM deposits
  WHERE customer_id = :customer_id
    AND "at" <= CAST(:as_of AS TIMESTAMP) AND "at" > CAST(:as_of AS TIMESTAMP) - INTERVAL '24' HOUR
), outgoing AS (
  SELECT COUNT(*) AS n, COALESCE(SUM(amount_usd), 0) AS usd
  FROM withdrawals
  WHERE customer_id = :customer_id AND status IS DISTINCT FROM 'cancelled'
    AND "at" <= CAST(:as_of AS TIMESTAMP) AND "at" > CAST(:as_of AS TIMESTAMP) - INTERVAL '24' HOUR
)
SELECT
  incoming.n AS "activity.deposits_24h",
  outgoing.n AS "activity.withdrawals_24h",
  incoming.usd AS "activity.deposited_usd_24h",
  outgoing.usd AS "activity.withdrawn_usd_24h"
FROM incoming CROSS JOIN outgoing;
