"""Chat templates of the lab's models, in the turn format of Gemma."""

# One line of Jinja each, so that no white space slips into the prompt.
CONTENT = (
    "{%- if message['content'] is string -%}{{ message['content'] | trim }}"
    "{%- else -%}"
    "{%- for part in message['content'] -%}"
    "{%- if part['type'] == 'image' -%}{{ '<image>\n' }}{%- else -%}{{ part['text'] | trim }}{%- endif -%}"
    "{%- endfor -%}"
    "{%- endif -%}"
)

ANSWER_CUE = "{%- if add_generation_prompt -%}{{ '<start_of_turn>model\n' }}{%- endif -%}"

TURN = (
    "{%- set role = 'model' if message['role'] == 'assistant' else message['role'] -%}"
    "{{ '<start_of_turn>' + role + '\n' }}" + CONTENT + "{{ '<end_of_turn>\n' }}"
)

# Text or parts, pictures where they stand among the parts, a system turn of its own.
MODERN = "{{ bos_token }}{%- for message in messages -%}" + TURN + "{%- endfor -%}" + ANSWER_CUE

# As published LLaVA-Gemma checkpoints have it: text only, users and answers in turn, no system, no <bos>.
LEGACY = (
    "{%- if messages[0]['role'] == 'system' -%}{{ raise_exception('System role not supported') }}{%- endif -%}"
    "{%- for message in messages -%}"
    "{%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}"
    "{%- endif -%}"
    "{%- set role = 'model' if message['role'] == 'assistant' else message['role'] -%}"
    "{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}"
    "{%- endfor -%}" + ANSWER_CUE
)

# ChatML (LFM2, Qwen): a system turn is written though nobody gave one; pictures stand where they stand among the parts.
CHATML = (
    "{{ bos_token }}"
    "{%- if messages[0]['role'] != 'system' -%}"
    "{{ '<|im_start|>system\nYou answer questions about pictures.<|im_end|>\n' }}"
    "{%- endif -%}"
    "{%- for message in messages -%}"
    "{{ '<|im_start|>' + message['role'] + '\n' }}"
    "{%- if message['content'] is string -%}{{ message['content'] | trim }}"
    "{%- else -%}"
    "{%- for part in message['content'] -%}"
    "{%- if part['type'] == 'image' -%}{{ '<image>' }}{%- else -%}{{ part['text'] | trim }}{%- endif -%}"
    "{%- endfor -%}"
    "{%- endif -%}"
    "{{ '<|im_end|>\n' }}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{ '<|im_start|>assistant\n' }}{%- endif -%}"
)


def write_turns(begin: str, before: str, after: str, cue: str, *, image: str = "<image>") -> str:
    """A template of turns whose content is a list of parts, pictures where they stand among them.

    Args:
        begin: Jinja, once at the front.
        before: Jinja, before a `message`.
        after: text that ends it.
        cue: text that asks for an answer.
        image: text that stands for a picture.
    """
    part = "{%- if part['type'] == 'image' -%}{{ IMAGE }}{%- else -%}{{ part['text'] | trim }}{%- endif -%}"
    content = "{%- for part in message['content'] -%}" + part.replace("IMAGE", repr(image)) + "{%- endfor -%}"
    turns = "{%- for message in messages -%}" + before + content + f"{{{{ {after!r} }}}}" + "{%- endfor -%}"
    return begin + turns + f"{{%- if add_generation_prompt -%}}{{{{ {cue!r} }}}}{{%- endif -%}}"
