"""A course that grades the workbook with nbgrader. Copy this to the course's folder: nbgrader looks there.

The notebooks of ``notebooks/`` are the source of an assignment: their solutions are cut out already, and
their cells carry nbgrader's metadata.
"""

from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import ClearSolutions

c = get_config()  # noqa: F821 nbgrader defines it

c.CourseDirectory.course_id = "workbook"
# nbgrader's own stub raises; ours lets a notebook run to the bottom, unsolved.
c.GenerateAssignment.preprocessors = [
    one for one in GenerateAssignment.preprocessors.default() if one is not ClearSolutions
]
c.Execute.timeout = 120  # seconds for a cell
