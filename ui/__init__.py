"""Everything that imports gradio: `blocks.build` puts the tabs together, `lab.Lab` answers them."""
