#!/bin/sh
# The same with curl: the page itself, into output_plot.html.
set -eu
here=$(dirname "$0")
curl --fail-with-body --silent --show-error \
	--header 'Accept: text/html' \
	--form "files=@$here/sales.csv;type=text/csv" \
	--form "files=@$here/revenue.csv;type=text/csv" \
	--form 'user_question=Show sales trends by region and revenue by product' \
	--output output_plot.html \
	"${PLOTD_URL:-http://127.0.0.1:8000}/generate-plot"
echo output_plot.html
