-- meaning: how much money is at stake
-- fact: exposure.balance_usd number USD : what was deposited less what was withdrawn, cancelled withdrawals left out
-- fact: exposure.volume_usd_30d number USD : deposits and withdrawals of the last 30 days together
-- label: exposure.balance_usd : the balance
-- label: exposure.volume_usd_30d : the volume of the last month
WITH moves AS (
  SELECT amount_usd AS usd, amount_usd AS change, "at" FROM deposits WHERE customer_id = :customer_id
  UNION ALL
  SELECT amount_usd, -amount_usd, "at" FROM withdrawals WHERE customer_id = :customer_id AND status IS DISTINCT FROM 'cancelled'
)
SELECT
  GREATEST(COALESCE(SUM(change), 0), 0) AS "exposure.balance_usd",
  COALESCE(SUM(CASE WHEN "at" > CAST(:as_of AS TIMESTAMP) - INTERVAL '30' DAY THEN usd END), 0)
    AS "exposure.volume_usd_30d"
FROM moves
WHERE "at" <= CAST(:as_of AS TIMESTAMP);
