-- meaning: whether the account's logins can all be of one traveller
-- parameter: nearest_km number 100 : shorter hops are noise of the geolocation and count as none
-- fact: login.max_speed_kmh number km/h : fastest travel between two successive successful logins of the last 30 days
-- fact: login.countries_24h count : most countries of successful logins in any 24 hours of the last 7 days
-- fact: login.failed_24h count : failed logins in the 24 hours before the flag
-- absent: login.max_speed_kmh : the logins of the last 30 days have no coordinates
WITH recent AS (
  SELECT login_id, "at", country, latitude, longitude, success
  FROM logins
  WHERE customer_id = :customer_id
    AND "at" <= CAST(:as_of AS TIMESTAMP) AND "at" > CAST(:as_of AS TIMESTAMP) - INTERVAL '30' DAY
), hops AS (
  SELECT
    DATE_DIFF('second', LAG("at") OVER trail, "at") AS seconds,
    RADIANS(latitude) AS lat, RADIANS(longitude) AS lon,
    RADIANS(LAG(latitude) OVER trail) AS lat0, RADIANS(LAG(longitude) OVER trail) AS lon0
  FROM recent
  WHERE success AND latitude IS NOT NULL AND longitude IS NOT NULL
  WINDOW trail AS (ORDER BY "at", login_id)
), distances AS (
  SELECT seconds,
    2 * 6371.0 * ASIN(LEAST(1.0, SQRT(
      POWER(SIN((lat - lat0) / 2), 2) + COS(lat) * COS(lat0) * POWER(SIN((lon - lon0) / 2), 2)
    ))) AS km
  FROM hops
  WHERE lat0 IS NOT NULL
), speed AS (
  SELECT MAX(CASE WHEN km >= :nearest_km THEN km * 3600.0 / GREATEST(seconds, 60) ELSE 0 END) AS kmh FROM distances
), week AS (
  SELECT a.login_id, COUNT(DISTINCT b.country) AS countries
  FROM recent AS a
  JOIN recent AS b ON b."at" >= a."at" AND b."at" <= a."at" + INTERVAL '24' HOUR AND b.success
  WHERE a.success AND a."at" > CAST(:as_of AS TIMESTAMP) - INTERVAL '7' DAY
  GROUP BY a.login_id
)
SELECT
  CASE WHEN (SELECT COUNT(*) FROM recent WHERE success) < 2 THEN 0 ELSE (SELECT kmh FROM speed) END
    AS "login.max_speed_kmh",
  COALESCE((SELECT MAX(countries) FROM week), 0) AS "login.countries_24h",
  (SELECT COUNT(*) FROM recent WHERE NOT success AND "at" > CAST(:as_of AS TIMESTAMP) - INTERVAL '24' HOUR)
    AS "login.failed_24h";
