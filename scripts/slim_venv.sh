#!/bin/sh
# slim_venv.sh DIRECTORY: takes out of a virtual environment what no job uses:
# pip, test suites, headers, the notebook parts of plotly. A third of its size.
set -eu
site=$(echo "$1"/lib/python3*/site-packages)
"$1"/bin/python -m pip uninstall -q -y pip setuptools 2>/dev/null || true
rm -rf "$site"/pip "$site"/pip-* "$site"/setuptools "$site"/setuptools-* "$site"/pkg_resources "$site"/_distutils_hack \
	"$site"/distutils-precedence.pth
rm -rf "$site"/pandas/tests "$site"/pyarrow/tests "$site"/pyarrow/include "$site"/pyarrow/includes \
	"$site"/plotly/labextension "$site"/numpy/_core/include "$site"/numpy/f2py "${1:?}"/share "${1:?}"/etc
find "$site"/numpy -type d -name tests -prune -exec rm -rf {} +
find "$site"/pyarrow \( -name '*.pyx' -o -name '*.pxi' -o -name '*.pxd' -o -name '*.h' \) -delete
# Parts of Arrow that nothing loads: the RPC framework and its binding.
find "$site"/pyarrow \( -name 'libarrow_flight*' -o -name 'libarrow_python_flight*' -o -name '_flight*.so' \) -delete
