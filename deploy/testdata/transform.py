"""Prints the CloudFormation template that AWS SAM makes of a template: transform.py TEMPLATE

The transform is AWS's own (aws-sam-translator). It runs after `sam package`,
which puts the program on S3, so the program is said to be there."""

import json
import sys

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

with open(sys.argv[1], encoding="utf-8") as f:
    template = yaml_parse(f.read())
template["Globals"]["Function"]["CodeUri"] = "s3://bucket/lambda.zip"
json.dump(Translator({}, Parser()).translate(template, {}), sys.stdout)
