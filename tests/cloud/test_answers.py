"""How an answer's members are found before moto writes them down."""

from types import SimpleNamespace

import pytest
from moto.core.serialize import AttributePickerContext, XFormedAttributePicker

from cloud.calls import Picker


class CountingPicker(Picker):
    """Counts how often moto tries other names."""

    tried = 0

    def get_possible_keys(self, context):
        self.tried += 1
        return super().get_possible_keys(context)


def context(held, key):
    return AttributePickerContext(
        obj=held, key=key, shape=None, operation_model=None, service_model=None, key_path="Result"
    )


@pytest.mark.parametrize(
    ("held", "tried"),
    [
        ({"RoleName": "auditor"}, 0),
        ({"role_name": "auditor"}, 1),
        (SimpleNamespace(role_name="auditor"), 1),
        ({"Path": "/"}, 1),
    ],
)
def test_a_member_under_its_own_name_is_found_at_once_and_any_other_as_moto_finds_it(held, tried):
    picker = CountingPicker()
    assert picker(context(held, "RoleName")) == XFormedAttributePicker()(context(held, "RoleName"))
    assert picker.tried == tried


def test_an_empty_member_is_still_the_answer():
    held = {"RoleName": None, "role_name": "somebody else"}
    assert Picker()(context(held, "RoleName")) is None
